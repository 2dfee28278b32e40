"""Keeps the board of a sprint or the backlog of a project up to date. `docs/protocol.md` lists the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Resource = dict[str, Any]
Board = dict[str, Any]


def apply_event(board: Board, event: Mapping[str, Any]) -> None:
    """Changes the board. When the board already includes the event, the board does not change."""
    kind = event["type"]
    if kind == "ownership_taken":
        owner = event["owner_user_id"]
        change_task(board, event, status="owned", owner_user_id=owner, owned_at=event["timestamp"])
    elif kind == "ownership_released":
        change_task(board, event, status="available", owner_user_id=None, owned_at=None)
    elif kind == "ownership_transferred":
        owned: Resource = {"status": "owned"} if event["previous_owner_user_id"] is None else {}
        change_task(board, event, **owned, owner_user_id=event["owner_user_id"], owned_at=event["timestamp"])
    elif kind == "status_changed":
        status = event["new_status"]
        fields: Resource = {"status": status, "completed_at": event["timestamp"] if status == "completed" else None}
        if status == "available":
            fields.update(owner_user_id=None, owned_at=None)
        change_task(board, event, **fields)
    elif kind == "task.ranked":
        change_task(board, event, rank=event["rank"])
    elif kind == "task.blockers.changed":
        blocked_by, count = event["blocked_by_task_ids"], event["open_blocker_count"]
        change_task(board, event, blocked_by_task_ids=blocked_by, open_blocker_count=count)
    elif kind in ("task.commented", "task.comment.edited", "task.comment.deleted", "task.questions.changed"):
        change_discussion(find(tasks_of(board, event), event["task_id"]), event)
    elif kind in ("task.created", "task.updated", "task.links.changed"):
        put_task(board, event)
    elif kind == "task.deleted":
        delete(tasks_of(board, event), event["task_id"])
    elif kind == "task.moved":
        if "from_story_id" in event:
            remove(tasks_of(board, {"story_id": event["from_story_id"]}), event["task"])
        if is_place_of(board, event["task"]):
            put_task(board, event)
        else:
            remove(tasks_of(board, event), event["task"])
    elif kind in ("story.created", "story.updated"):
        put_story(board, event["story"])
    elif kind == "story.moved":
        if is_place_of(board, event["story"]):
            put_story(board, event["story"])
        else:
            remove(board["stories"], event["story"])
    elif kind == "story.deleted":
        delete(board["stories"], event["story_id"])
    elif kind == "story.status.changed":
        change(find(board["stories"], event["story_id"]), event, status=event["new_status"])
    elif kind == "story.ranked":
        change(find(board["stories"], event["story_id"]), event, rank=event["rank"])
    elif kind in ("sprint.updated", "sprint.status.changed"):
        change_subject(board, "sprint", event["sprint"])
    elif kind == "project.updated":
        change_subject(board, "project", event["project"])
    elif kind in ("label.created", "label.updated"):
        if event["project_id"] == project_of(board):
            put(board["labels"], event["label"])
    elif kind == "label.deleted":
        delete_label(board, event["label_id"])
    elif kind == "member.updated":
        if event["member"] not in board["members"]:
            replace(board["members"], event["member"])


def project_of(board: Board) -> str:
    """Returns the id of the project. A backlog has a project in the place of a sprint."""
    return board["sprint"]["project_id"] if "sprint" in board else board["project"]["id"]


def is_place_of(board: Board, resource: Resource) -> bool:
    """Returns whether the story or task is on the board. A backlog contains the stories that are in no sprint."""
    sprint_id = board["sprint"]["id"] if "sprint" in board else None
    return resource["sprint_id"] == sprint_id and resource["project_id"] == project_of(board)


def change_subject(board: Board, name: str, subject: Resource) -> None:
    """Replaces the sprint of a board or the project of a backlog, unless it has this version or a newer version."""
    known = board.get(name)
    if known and known["id"] == subject["id"] and known["version"] < subject["version"]:
        # The event of an earlier version of the server lacks the newer fields.
        board[name] = {**known, **subject}


def find_task(board: Board, task_id: str) -> Resource | None:
    """Returns the task, or None when the task is not on the board."""
    return find([task for story in board["stories"] for task in story["tasks"]], task_id)


def find(resources: list[Resource], resource_id: str) -> Resource | None:
    return next((resource for resource in resources if resource["id"] == resource_id), None)


def tasks_of(board: Board, event: Mapping[str, Any]) -> list[Resource]:
    """Returns the tasks of the event's story. When the story is not on the board, returns a list that is not used."""
    story = find(board["stories"], event["story_id"])
    return story["tasks"] if story else []


def change_task(board: Board, event: Mapping[str, Any], **fields: Any) -> None:
    change(find(tasks_of(board, event), event["task_id"]), event, **fields)


def change(resource: Resource | None, event: Mapping[str, Any], **fields: Any) -> None:
    """Sets the fields, unless the resource already has the version of the event or a newer version."""
    if resource and resource["version"] < event["version"]:
        resource.update(fields, version=event["version"], updated_at=event["timestamp"])


def change_discussion(task: Resource | None, event: Mapping[str, Any]) -> None:
    """Sets the numbers of comments and open questions, unless the task already has these or newer numbers."""
    if task and task["discussion_version"] < event["discussion_version"]:
        for name in ("comment_count", "open_question_count", "discussion_version"):
            task[name] = event[name]


def delete_label(board: Board, label_id: str) -> None:
    """Removes the label from the board and from its tasks. The versions of the tasks do not change."""
    delete(board["labels"], label_id)
    for story in board["stories"]:
        for task in story["tasks"]:
            task["label_ids"] = [each for each in task["label_ids"] if each != label_id]


def put_task(board: Board, event: Mapping[str, Any]) -> None:
    """Inserts or replaces a task in its story, unless another story contains the same or a newer version."""
    task = event["task"]
    others = [story for story in board["stories"] if story["id"] != event["story_id"]]
    known = [find(story["tasks"], task["id"]) for story in others]
    if not any(each and each["version"] >= task["version"] for each in known):
        put(tasks_of(board, event), task)


def put_story(board: Board, story: Resource) -> None:
    """Inserts or replaces a story that belongs to the board. A story that was on the board keeps its tasks."""
    if is_place_of(board, story):
        known = find(board["stories"], story["id"])
        put(board["stories"], {**story, "tasks": known["tasks"] if known else []})


def put(resources: list[Resource], resource: Resource) -> None:
    """Inserts or replaces the resource, unless the list contains the same version or a newer version."""
    known = find(resources, resource["id"])
    if not known or known["version"] < resource["version"]:
        replace(resources, resource)


def replace(resources: list[Resource], resource: Resource) -> None:
    """Inserts or replaces the resource. The list stays sorted by id."""
    delete(resources, resource["id"])
    resources.append(resource)
    resources.sort(key=lambda each: each["id"])


def remove(resources: list[Resource], moved: Resource) -> None:
    """Removes a resource that has moved to another list.

    If the list contains the same or a newer version, removes nothing, because the resource has moved back.
    """
    known = find(resources, moved["id"])
    if known and known["version"] < moved["version"]:
        resources.remove(known)


def delete(resources: list[Resource], resource_id: str) -> None:
    resources[:] = [resource for resource in resources if resource["id"] != resource_id]
