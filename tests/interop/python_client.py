"""Opens streams with the client of examples/python. The arguments are the folder of the client and the URL of a stream.

Prints one line of JSON for each received event: the name of the client, the framing, the id and the type of the event.
"""

import json
import sys
import threading
from urllib.parse import parse_qsl, urlsplit

sys.path.insert(0, sys.argv[1])
from boardcast import Stream, bearer  # noqa: E402

url = urlsplit(sys.argv[2])
query = dict(parse_qsl(url.query))
token, start = query.pop("token"), query.pop("lastEventId")


def watch(framing: str) -> None:
    path = url.path[len("/api/v1") :]
    stream = Stream(f"{url.scheme}://{url.netloc}", path, bearer(lambda _: token), {**query, "framing": framing}, start)
    for event in stream:
        delivery = {"client": "examples/python", "framing": framing, "id": event.cursor, "type": event.type}
        # `print` would write the line and its end separately, and the lines of the two threads could be mixed.
        sys.stdout.write(json.dumps(delivery) + "\n")
        sys.stdout.flush()


for framing in ("event", "message"):
    threading.Thread(target=watch, args=(framing,)).start()
