"""A client for the streams of Boardcast. The client needs Python 3.9 or later, and only the standard library.

    stream = Stream("https://board.example", "/events/tasks", bearer(get_token), cursor=board["cursor"])
    for event in stream:
        if event.type == "stream.reset":
            board = ...  # read the board again
            stream.cursor = board["cursor"]
        else:
            print(event.cursor, event.data)

The loop receives each event exactly once and in order, even if connections break. `docs/protocol.md` describes the
protocol.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable, Union
from urllib.parse import urlencode, urlsplit

log = logging.getLogger("boardcast")

OPEN_TIMEOUT = 20.0  # seconds until the first block of a stream must have arrived
SILENT_HEARTBEATS = 2.5  # an open stream that is silent for this number of heartbeat intervals is dead
LEAST_RETRY = 0.5  # seconds; the client never reconnects in a tight loop
FIRST_BACKOFF, MOST_BACKOFF = 1.0, 30.0  # seconds
FINAL_STATUSES = frozenset({400, 401, 403, 404, 405, 431})  # the server would refuse the same request again

Credentials = Callable[[bool], Mapping[str, str]]
"""Returns the headers with the credential.

The argument is true when a new credential is needed: the server has refused the previous credential, or this credential
ends soon.
"""

Query = Mapping[str, Union[str, Sequence[str]]]


@dataclass(frozen=True)
class Message:
    """One block of a stream. A field that the block does not contain is None."""

    data: str
    id: str | None = None
    event: str | None = None
    retry: int | None = None
    """Milliseconds."""


@dataclass(frozen=True)
class Event:
    """An event of the log, or `stream.reset`."""

    type: str
    data: Mapping[str, Any]
    cursor: str
    """A stream that starts at this cursor continues after this event."""
    is_replay: bool
    """Whether the event arrived before the stream was live."""


class Refused(Exception):
    """The server refuses the request, and a retry cannot help."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail', 'no details')}")
        self.status = status
        self.problem = problem


class Superseded(Exception):
    """The ticket of the stream has opened another stream."""


class EventStreamParser:
    """Parses an event stream. The bytes can arrive in pieces of any size."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Yields the messages that are complete after this piece. An incomplete message is never yielded."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            message = self._read_line(line.rstrip(b"\r").decode("utf-8"))
            if message:
                yield message

    def _read_line(self, line: str) -> Message | None:
        if line:
            name, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "data" and "data" in self._fields:
                value = f"{self._fields['data']}\n{value}"
            self._fields[name] = value
            return None
        fields, self._fields = self._fields, {}
        if "data" not in fields:
            return None
        retry = fields.get("retry", "")
        return Message(fields["data"], fields.get("id"), fields.get("event"), int(retry) if retry.isdigit() else None)


class Stream:
    """A stream that reconnects until it is closed. Iterate over the stream to receive its events.

    The iterator yields the events of the log, and the control event `stream.reset`. After a reset, the events between
    the old cursor and the cursor of the reset are lost. Read the state again, and set `cursor` to its cursor. The
    iterator then skips the events that this state already includes.

    The iterator raises `Refused` when the server refuses the request and a retry cannot help. It raises `Superseded`
    when the ticket has opened another stream.
    """

    def __init__(
        self,
        url: str,
        path: str,
        credentials: Credentials,
        query: Query | None = None,
        cursor: str | None = None,
    ) -> None:
        """
        :param url: the origin of the server, for example "https://board.example".
        :param path: the path of the stream, for example "/events/tasks".
        :param query: the parameters of the stream. A list repeats a parameter.
        :param cursor: the stream starts after this cursor; "earliest" starts with the oldest event of the log.
            Default: the stream starts with the next event.
        """
        self.cursor = cursor
        """The cursor of the last event that the iterator has yielded, or of a later heartbeat."""
        self.is_live = False
        """Whether every event up to now has been yielded."""
        self._url = url
        self._target = f"/api/v1{path}?{urlencode({'framing': 'message', **(query or {})}, doseq=True)}"
        self._credentials = credentials
        self._closed = threading.Event()
        self._socket: socket.socket | None = None
        self._failures = 0
        self._deadline = 0.0  # the time of `time.monotonic` until which the stream must open
        self._is_refused = False  # whether the next connection needs a new credential
        self._was_refused = False  # whether the server has refused a credential since the last stream.open
        self._delay = 0.0  # seconds between the end of this connection and the next connection

    def close(self) -> None:
        """Ends the iteration. Another thread may call this method."""
        self._closed.set()
        open_socket = self._socket
        if open_socket:
            with contextlib.suppress(OSError):  # the connection may have ended
                open_socket.shutdown(socket.SHUT_RDWR)  # ends a read that is waiting in another thread

    def __iter__(self) -> Iterator[Event]:
        while not self._closed.is_set():
            self._failures += 1
            self._delay = backoff(self._failures)
            try:
                yield from self._read_connection()
                log.info("the stream has ended; the next connection opens in %.1f s", self._delay)
            except (OSError, http.client.HTTPException) as error:
                log.info("the stream broke (%r); the next connection opens in %.1f s", error, self._delay)
            self._closed.wait(self._delay)

    def _read_connection(self) -> Iterator[Event]:
        """Yields the events of one connection until the connection ends. When it breaks, raises its error."""
        self.is_live = False
        connection, response = self._open()
        parser = EventStreamParser()
        try:
            while not self._closed.is_set():
                if self._failures > 0:  # the stream is not open
                    self._limit_read()
                piece = response.read1(65_536)  # raises IncompleteRead if the last chunk is missing
                if not piece:
                    return
                for message in parser.feed(piece):
                    event = self._receive(message)
                    if event:
                        yield event
        except socket.timeout:
            if self._failures == 0:  # the stream was open
                self._delay = 0.0
            raise
        except _Reconnect:
            self._delay = 0.0
        finally:
            self.is_live = False
            self._socket = None
            response.close()
            connection.close()

    def _open(self) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Opens a connection. Raises an error unless the response is a stream."""
        headers = {"Accept": "text/event-stream", **self._credentials(self._is_refused)}
        self._is_refused = False
        if self.cursor:
            headers["Last-Event-ID"] = self.cursor
        self._deadline = time.monotonic() + OPEN_TIMEOUT
        connection = connection_to(self._url, OPEN_TIMEOUT)
        try:
            connection.request("GET", self._target, headers=headers)
            self._socket = connection.sock  # `getresponse` removes the socket from the connection
            self._limit_read()
            response = connection.getresponse()
            content_type = response.headers.get_content_type()
            if response.status == 200 and content_type == "text/event-stream":
                return connection, response
            raise self._failure(response)
        except BaseException:
            connection.close()
            raise

    def _limit_read(self) -> None:
        """Sets the time limit of the next read to the time that is left for opening the stream."""
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise socket.timeout("the stream has not opened in time")
        if self._socket:
            self._socket.settimeout(seconds)

    def _failure(self, response: http.client.HTTPResponse) -> Exception:
        """Returns the error for a response that is not a stream, and sets the delay."""
        status = response.status
        if status == 401 and not self._was_refused:
            self._is_refused = self._was_refused = True
            self._delay = 0.0
            return http.client.HTTPException("401: the credential is refused")
        if status in FINAL_STATUSES:
            return Refused(status, read_problem(response))
        retry_after = response.headers.get("Retry-After", "")
        if retry_after.isdigit():
            self._delay = max(self._delay, float(retry_after))
        return http.client.HTTPException(f"unexpected response: {status} {response.headers.get_content_type()}")

    def _receive(self, message: Message) -> Event | None:
        """Updates the state of the stream. Returns the event for the caller, if there is one."""
        data = json.loads(message.data)
        kind = data["type"]
        if message.retry is not None:
            self._delay = max(LEAST_RETRY, message.retry / 1000)
        if kind.startswith("stream.") and kind != "stream.reset":
            self._control(kind, data)
            if message.id and not is_up_to(message.id, self.cursor):
                self.cursor = message.id
            return None
        if message.id is None or (kind != "stream.reset" and is_up_to(message.id, self.cursor)):
            return None  # the caller already has this event
        self.cursor = message.id
        return Event(kind, data, message.id, is_replay=not self.is_live)

    def _control(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "stream.open":
            self._failures = 0
            self._was_refused = False
            if self._socket:
                self._socket.settimeout(SILENT_HEARTBEATS * data["heartbeat_seconds"])
        elif kind == "stream.ready":
            self.is_live = True
        elif kind == "stream.expiring" and self.is_live:
            # Before the stream is live, this event means that the credential had less than 60 s left when the
            # connection opened.
            self._is_refused = True
            raise _Reconnect
        elif kind == "stream.expired":
            self._is_refused = True
        elif kind == "stream.revoked":
            if data["reason"] == "ticket-superseded":
                raise Superseded
            self._is_refused = True


class _Reconnect(Exception):
    """The client replaces the connection immediately."""


def connection_to(url: str, timeout: float) -> http.client.HTTPConnection:
    """Returns a connection to the server. The connection opens with the first request, and follows no redirects."""
    parts = urlsplit(url)
    connection_class = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return connection_class(parts.hostname or "", parts.port, timeout=timeout)


def bearer(get_token: Callable[[bool], str]) -> Credentials:
    """Authenticates with a token. `get_token` must return a new token when its argument is true."""
    return lambda is_refused: {"Authorization": f"Bearer {get_token(is_refused)}"}


def api_key(key: str) -> Credentials:
    """Authenticates with an API key."""
    return lambda _: {"X-API-Key": key}


def is_up_to(cursor: str, other: str | None) -> bool:
    """Returns whether `cursor` is equal to `other` or earlier. Cursors of different epochs cannot be compared."""
    epoch, _, seq = cursor.rpartition("-")
    other_epoch, _, other_seq = (other or "").rpartition("-")
    return epoch == other_epoch and seq.isdigit() and other_seq.isdigit() and int(seq) <= int(other_seq)


def backoff(failures: int) -> float:
    """Returns the seconds to wait after this number of failed attempts in a row."""
    most = min(MOST_BACKOFF, FIRST_BACKOFF * 2 ** min(failures - 1, 10))
    return 0.05 + random.uniform(0, most)


def read_problem(response: http.client.HTTPResponse) -> Mapping[str, Any]:
    """Returns the problem in the body. Returns an empty problem if the body contains none."""
    try:
        problem = json.loads(response.read(65_536))
    except (OSError, ValueError, http.client.HTTPException):
        return {}
    return problem if isinstance(problem, dict) else {}
