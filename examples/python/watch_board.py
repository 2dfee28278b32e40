#!/usr/bin/env python3
"""Prints every change of a sprint's board. The program runs until it is interrupted (Ctrl+C).

    API_KEY=… python3 watch_board.py http://127.0.0.1:8080 <sprint id>

The environment variable API_KEY or TOKEN contains the credential.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import logging
import os
import sys
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import boardcast
from board import Board, apply_event, find, find_task

REQUEST_TIMEOUT = 20  # seconds


def main() -> int:
    options = parse_options()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(name)s: %(message)s")
    credentials = credentials_from(os.environ)
    try:
        watch(options, credentials)
    except boardcast.Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Prints every change of a sprint's board.")
    parser.add_argument("url", help="the origin of the server, for example http://127.0.0.1:8080")
    parser.add_argument("sprint", help="the id of the sprint")
    parser.add_argument("--framing", choices=("event", "message"), default="message")
    parser.add_argument("--json", action="store_true", help="print each event as one line of JSON, with the board")
    return parser.parse_args()


def credentials_from(environment: Mapping[str, str]) -> boardcast.Credentials:
    if "API_KEY" in environment:
        return boardcast.api_key(environment["API_KEY"])
    if "TOKEN" in environment:
        # If your program runs longer than its token is valid, request a new token here.
        return boardcast.bearer(lambda is_refused: environment["TOKEN"])
    sys.exit("Set API_KEY or TOKEN.")


def watch(options: argparse.Namespace, credentials: boardcast.Credentials) -> None:
    board = read_board(options, credentials)
    query = {"sprint_id": options.sprint, "framing": options.framing}
    stream = boardcast.Stream(options.url, "/events/tasks", credentials, query, board["cursor"])
    show = print_json if options.json else print_change
    show(None, board)
    for event in stream:
        # An import changes many tasks, and sends no event for each of them.
        if event.type in ("stream.reset", "board.imported"):
            board = read_board(options, credentials)
            stream.cursor = board["cursor"]
        else:
            apply_event(board, event.data)
        show(event, board)


def read_board(options: argparse.Namespace, credentials: boardcast.Credentials) -> Board:
    """Returns the board of the sprint. Repeats the request until the server responds."""
    path = f"/api/v1/sprints/{quote(options.sprint, safe='')}/board"
    failures = 0
    is_refused = was_refused = False  # whether the server has refused the last credential, or any credential
    while True:
        try:
            with contextlib.closing(boardcast.connection_to(options.url, REQUEST_TIMEOUT)) as connection:
                connection.request("GET", path, headers=dict(credentials(is_refused)))
                is_refused = False
                response = connection.getresponse()
                if response.status == 200:
                    board: Board = json.load(response)
                    return board
                is_refused = response.status == 401
                if response.status in boardcast.FINAL_STATUSES and (was_refused or not is_refused):
                    raise boardcast.Refused(response.status, boardcast.read_problem(response))
                was_refused = was_refused or is_refused
                raise http.client.HTTPException(f"unexpected status: {response.status}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            logging.getLogger("watch_board").info("the board could not be read: %r", error)
        failures += 1
        time.sleep(boardcast.backoff(failures))


def print_json(event: boardcast.Event | None, board: Board) -> None:
    """Prints the event and the board after the event. Without an event, prints only the board."""
    line = {"cursor": event.cursor, "data": event.data} if event else {"cursor": board["cursor"]}
    print(json.dumps({**line, "board": board}), flush=True)


def print_change(event: boardcast.Event | None, board: Board) -> None:
    if event:
        print(f"{event.data['timestamp']}  {describe(event.data, board)}", flush=True)
    else:
        print(f"watching the board of {board['sprint']['name']}", flush=True)


def describe(data: Mapping[str, Any], board: Board) -> str:
    """Returns one line about the event: its type, its actor, and the title of its task, story or sprint."""
    if data["type"] == "stream.reset":
        return f"the board was read again ({data['reason']})"
    actor = find(board["members"], data.get("actor_user_id") or "")
    task = data.get("task") or find_task(board, data.get("task_id", ""))
    story = data.get("story") or find(board["stories"], data.get("story_id", ""))
    subject = task or story or {}
    parts = [data["type"], subject.get("title", ""), data.get("new_status", ""), f"by {actor['name']}" if actor else ""]
    return "  ".join(part for part in parts if part)


if __name__ == "__main__":
    sys.exit(main())
