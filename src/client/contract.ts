/**
 * The types of the contract: everything that the API and the streams send and receive. `npm run contract` generates
 * this file from the schemas of the server; do not edit it.
 */

/** The `data` of a block, parsed as JSON: an event of the log, or a control event of the stream. */
export type StreamData = BoardEvent | StreamEvent

/** An RFC 9457 problem with a stable `code`. */
export interface ProblemDocument {
  type: 'about:blank'
  /** The reason phrase of the HTTP status, such as `Not Found`. */
  title: string
  status: number
  /** A message for people. The message explains what went wrong and what to do. */
  detail: string
  /**
   * - `invalid-request` (400): The query, the body or a header is invalid. `errors` lists the faults when they are known.
   * - `query-without-words` (400): The query of a search has no letter and no digit.
   * - `query-too-long` (400): The query of a search has too many words. Fields: `limit`.
   * - `malformed-json` (400): The body is not valid JSON in UTF-8.
   * - `invalid-file` (400): The file cannot be read, or its format is unknown.
   * - `unauthenticated` (401): The request has no credentials.
   * - `invalid-token` (401): The token is expired, forged or meant for another server. Fields: `reason`.
   * - `invalid-api-key` (401): The API key is unknown, expired or revoked.
   * - `invalid-session` (401): The session of the page is unknown, has expired, or has ended. Fields: `reason`.
   * - `invalid-ticket` (401): The ticket does not open a stream. Fields: `reason`: `unknown`, `first-use-too-late`, `expired`, `api-key-revoked`, `signed-out` or, only for polls, `superseded`. Request a new ticket.
   * - `invalid-signature` (401): The signature is missing, or does not match the body and the project’s secret.
   * - `no-organization` (403): The token does not name an organization.
   * - `member-removed` (403): An admin has removed you from the organization.
   * - `role-insufficient` (403): Your role does not permit this request. Fields: `role`, `needed`.
   * - `not-the-owner` (403): Only the owner of the task or an admin can make this change. Fields: `owner_user_id`.
   * - `not-the-creator-or-owner` (403): Only the creator of the task, its owner or an admin can delete the task. Fields: `task_id`, `created_by_user_id`, `owner_user_id`.
   * - `not-the-author` (403): Only the author can edit the comment. Only the author or an admin can delete it. Fields: `author_user_id`.
   * - `not-the-assignee` (403): Only the assignee of the escalation or an admin can respond to the escalation. Fields: `assignee_user_id`.
   * - `assignee-is-viewer` (409): The member is a viewer. Viewers cannot respond to escalations and cannot own tasks. Fields: `user_id`.
   * - `quota-exceeded` (403): The request exceeds a limit of the server. Fields: `setting` (the name of the limit), `limit`, `used` (before the request, or in the request if the limit concerns one request).
   * - `host-not-allowed` (403): The demo accepts only requests to loopback host names, and no requests through a proxy.
   * - `cross-site-request` (403): A page of another site sent the request.
   * - `not-found` (404): No resource exists at this path.
   * - `project-not-found` (404): The project does not exist in your organization.
   * - `sprint-not-found` (404): The sprint does not exist in your organization.
   * - `story-not-found` (404): The story does not exist in your organization.
   * - `task-not-found` (404): The task does not exist in your organization.
   * - `label-not-found` (404): The label does not exist in your organization, or not in the project of the task. Fields: `label_id`, when the request changes the labels of a task.
   * - `checklist-item-not-found` (404): The checklist of the task has no such item.
   * - `blocker-not-found` (404): The task is not blocked by the other task.
   * - `comment-not-found` (404): The comment does not exist in your organization.
   * - `escalation-not-found` (404): The escalation does not exist in your organization.
   * - `notification-not-found` (404): You have no notification with this id.
   * - `member-not-found` (404): The member does not exist in your organization. Fields: `user_id`.
   * - `api-key-not-found` (404): The API key does not exist in your organization.
   * - `method-not-allowed` (405): The path does not support this method. The `Allow` header lists the supported methods.
   * - `not-acceptable` (406): The response is not available in a media type that `Accept` allows.
   * - `task-already-owned` (409): Another member owns the task. Fields: `owner_user_id`, `owner_name`.
   * - `task-not-owned` (409): The task cannot be released in its current status. Fields: `task_status`.
   * - `last-admin` (409): The member is the last admin of the organization, so the member cannot be removed, and must keep the role.
   * - `invalid-status-move` (409): The status cannot change to the requested status. Fields: `from`, `to`, `allowed`.
   * - `escalation-already-responded` (409): The escalation already has a response. Fields: `responded_by_user_id`.
   * - `run-already-started` (409): The agent run has already started. Fields: `index` (the position in the request), `agent`, `run_id`.
   * - `run-not-started` (409): The agent run has not started. Fields: `index` (the position in the request), `agent`, `run_id`.
   * - `run-already-completed` (409): The agent run has already completed. Fields: `index` (the position in the request), `agent`, `run_id`.
   * - `unknown-cursor` (409): The cursor belongs to another epoch, or is beyond the head of the event log. Fields: `reason` (`epoch` or `ahead`).
   * - `project-key-in-use` (409): Another project of the organization has the key. Fields: `project_id` (the other project).
   * - `blocker-cycle` (409): The tasks would block each other. Fields: `path` (the keys of the tasks; each task is blocked by the next).
   * - `blockers-full` (409): The task has the maximum number of blockers, or the blocker blocks the maximum number of tasks. Fields: `limit`.
   * - `checklist-full` (409): The checklist has the maximum number of items. Fields: `limit`.
   * - `labels-full` (409): The task has the maximum number of labels. Fields: `limit`.
   * - `tasks-not-changed` (409): One or more of the tasks cannot be changed, so nothing was changed. Fields: `failures`, a list with one problem for each of these tasks: `task_id`, `code`, `detail`, and the fields of the code. The codes are the same as for a change of one task.
   * - `label-name-in-use` (409): Another label of the project has this name. The case of letters does not matter. Fields: `label_id`.
   * - `backlog-too-large` (409): The tasks of the backlog are too large for one response. The lists of the stories and of their tasks have pages.
   * - `sprint-of-another-project` (409): The sprint and the story belong to different projects. Fields: `project_id` (the project of the sprint).
   * - `sprint-closed` (409): Stories cannot move to a sprint that is closed or is being closed, and a closed sprint gets no new tasks. Fields: `sprint_id`.
   * - `story-of-another-project` (409): The story and the task or story that moves belong to different projects. Fields: `project_id` (the project of the story).
   * - `task-of-another-project` (409): The task and its new neighbour, or the task and its blocker, belong to different projects. Fields: `project_id` (the project of the other task).
   * - `idempotency-key-in-use` (409): Another request with this `Idempotency-Key` is still in progress. Retry later.
   * - `secret-already-shown` (409): An earlier request with this `Idempotency-Key` has succeeded. Its response contained a secret, and the server does not store secrets. Fields: `id` (the created resource).
   * - `version-mismatch` (412): `If-Match` or `if_versions` does not contain the current version of the resource. Fields: `version` (for `If-Match`, the current version), or: `tasks` (for `if_versions`, the `task_id` and current `version` of each task that does not match).
   * - `body-too-large` (413): The body exceeds 1 MiB, 32 MiB for an import, 2 MiB for a GitHub webhook, or 8 KiB for a sign-in.
   * - `unsupported-media-type` (415): The body does not have a media type that the operation accepts, or its `Content-Encoding` is not supported.
   * - `idempotency-key-reused` (422): The `Idempotency-Key` was already used on this route for a different request.
   * - `rate-limited` (429): A limit of requests per minute is exceeded. Nothing was changed. Fields: `setting` (the name of the limit), `limit`, `retry_after_seconds`. `Retry-After` is the same number of seconds.
   * - `export-in-progress` (429): Another export of the organization is being sent. Fields: `retry_after_seconds`. `Retry-After` is the same number of seconds.
   * - `internal-error` (500): An unexpected error occurred on the server.
   * - `secrets-key-missing` (501): Webhook secrets are disabled, because the server has no SECRETS_KEY.
   * - `too-many-streams` (503): The maximum number of open streams is reached. Only for polls. `Retry-After` is the number of seconds to wait before a retry.
   * - `overloaded` (503): The server cannot accept the request at the moment: the bodies that it is receiving need too much memory, it is importing many other files, another import of the organization is running, or the client reads an export too slowly. `Retry-After` is the number of seconds to wait before a retry. When other imports are the cause, `retry_after_seconds` has the same value.
   * - `store-unavailable` (503): The database is unavailable. `Retry-After` is the number of seconds to wait before a retry.
   * - `store-busy` (503): No database connection is free, or the operation exceeded a time limit of the database. `Retry-After` is the number of seconds to wait before a retry.
   * - `identity-unavailable` (503): The keys of the token’s issuer could not be fetched. `Retry-After` is the number of seconds to wait before a retry.
   * - `draining` (503): This process is stopping. `Retry-After` is the number of seconds to wait before a retry.
   */
  code: 'invalid-request' | 'query-without-words' | 'query-too-long' | 'malformed-json' | 'invalid-file' | 'unauthenticated' | 'invalid-token' | 'invalid-api-key' | 'invalid-session' | 'invalid-ticket' | 'invalid-signature' | 'no-organization' | 'member-removed' | 'role-insufficient' | 'not-the-owner' | 'not-the-creator-or-owner' | 'not-the-author' | 'not-the-assignee' | 'assignee-is-viewer' | 'quota-exceeded' | 'host-not-allowed' | 'cross-site-request' | 'not-found' | 'project-not-found' | 'sprint-not-found' | 'story-not-found' | 'task-not-found' | 'label-not-found' | 'checklist-item-not-found' | 'blocker-not-found' | 'comment-not-found' | 'escalation-not-found' | 'notification-not-found' | 'member-not-found' | 'api-key-not-found' | 'method-not-allowed' | 'not-acceptable' | 'task-already-owned' | 'task-not-owned' | 'last-admin' | 'invalid-status-move' | 'escalation-already-responded' | 'run-already-started' | 'run-not-started' | 'run-already-completed' | 'unknown-cursor' | 'project-key-in-use' | 'blocker-cycle' | 'blockers-full' | 'checklist-full' | 'labels-full' | 'tasks-not-changed' | 'label-name-in-use' | 'backlog-too-large' | 'sprint-of-another-project' | 'sprint-closed' | 'story-of-another-project' | 'task-of-another-project' | 'idempotency-key-in-use' | 'secret-already-shown' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'rate-limited' | 'export-in-progress' | 'internal-error' | 'secrets-key-missing' | 'too-many-streams' | 'overloaded' | 'store-unavailable' | 'store-busy' | 'identity-unavailable' | 'draining'
  /** The faults of the request. `path` contains the names of the nested fields, separated by dots. When the fault concerns the whole query or body, `path` is empty. */
  errors?: {
    path: string
    message: string
  }[] | undefined
  [field: string]: unknown
}

export type BoardEvent = OwnershipTakenEvent | OwnershipReleasedEvent | OwnershipTransferredEvent | StatusChangedEvent | TaskCreatedEvent | TaskUpdatedEvent | TaskDeletedEvent | TaskStartedEvent | TaskCompletedEvent | TaskFailedEvent | TaskCancelledEvent | TaskMovedEvent | TaskRankedEvent | TaskBlockersChangedEvent | TaskLinksChangedEvent | TaskCommentedEvent | TaskCommentEditedEvent | TaskCommentDeletedEvent | TaskQuestionsChangedEvent | StoryCreatedEvent | StoryUpdatedEvent | StoryDeletedEvent | StoryMovedEvent | StoryRankedEvent | StoryStatusChangedEvent | SprintCreatedEvent | SprintUpdatedEvent | SprintStatusChangedEvent | SprintDeletedEvent | LabelCreatedEvent | LabelUpdatedEvent | LabelDeletedEvent | BoardImportedEvent | MemberUpdatedEvent | ProjectCreatedEvent | ProjectUpdatedEvent | ProjectDeletedEvent | ProjectPhaseChangedEvent | EscalationCreatedEvent | EscalationRespondedEvent | AgentStartedEvent | AgentCompletedEvent | PrCreatedEvent | PrMergedEvent | WorkflowErrorEvent | NotificationCreatedEvent | NotificationReadEvent

export interface OwnershipTakenEvent {
  type: 'ownership_taken'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  owner_user_id: string
}

export interface OwnershipReleasedEvent {
  type: 'ownership_released'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  previous_owner_user_id: string
}

export interface OwnershipTransferredEvent {
  type: 'ownership_transferred'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  owner_user_id: string
  previous_owner_user_id: string | null
}

export interface StatusChangedEvent {
  type: 'status_changed'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  old_status: 'available' | 'owned' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
  new_status: 'available' | 'owned' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
  changed_by_user_id: string
  previous_owner_user_id?: string | null | undefined
}

export interface TaskCreatedEvent {
  type: 'task.created'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  task: Task
}

export interface Task {
  id: string
  project_id: string
  sprint_id: string | null
  story_id: string
  number: number
  /** The key of the project and the number of the task, for example `WEB-142`. The paths `/tasks/{id}` and below accept the key in place of the id; bodies, queries and filters contain only ids. The key never changes. */
  key: string
  title: string
  description: string
  status: 'available' | 'owned' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
  owner_user_id: string | null
  created_by_user_id: string
  acceptance_criteria_refs: string[]
  estimated_hours: number | null
  priority: 'urgent' | 'high' | 'medium' | 'low' | null
  due_on: string | null
  label_ids: string[]
  /** The tasks that must be closed before this task, sorted. They belong to the same project. */
  blocked_by_task_ids: string[]
  /** The number of blockers that are neither completed nor cancelled. */
  open_blocker_count: number
  /** Pull requests and commits that name the key of the task, at most 20. */
  links: TaskLink[]
  /** In the order of the team. */
  checklist: ChecklistItem[]
  checklist_count: number
  checklist_done_count: number
  has_description: boolean
  comment_count: number
  open_question_count: number
  discussion_version: number
  /** The place in the order of the project. Compare two ranks by their bytes. Where two ranks are equal, compare the ids. */
  rank: string
  version: number
  created_at: string
  updated_at: string
  owned_at: string | null
  completed_at: string | null
}

export interface TaskLink {
  kind: 'pull_request' | 'commit'
  url: string
  title: string
  /** The state of the pull request. Null for a commit. */
  state: 'open' | 'merged' | 'closed' | null
  /** When GitHub last changed the pull request, or when the commit was made. */
  updated_at: string
}

export interface ChecklistItem {
  id: string
  text: string
  is_done: boolean
}

export interface TaskUpdatedEvent {
  type: 'task.updated'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  task: Task
}

export interface TaskDeletedEvent {
  type: 'task.deleted'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
}

export interface TaskStartedEvent {
  type: 'task.started'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
}

export interface TaskCompletedEvent {
  type: 'task.completed'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
}

export interface TaskFailedEvent {
  type: 'task.failed'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
}

export interface TaskCancelledEvent {
  type: 'task.cancelled'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
}

export interface TaskMovedEvent {
  type: 'task.moved'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  from_sprint_id: string | null
  to_sprint_id: string | null
  from_story_id?: string | undefined
  to_story_id?: string | undefined
  task: Task
}

export interface TaskRankedEvent {
  type: 'task.ranked'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  /** The place in the order of the project. Compare two ranks by their bytes. Where two ranks are equal, compare the ids. */
  rank: string
}

export interface TaskBlockersChangedEvent {
  type: 'task.blockers.changed'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  /** The tasks that must be closed before this task, sorted. They belong to the same project. */
  blocked_by_task_ids: string[]
  /** The number of blockers that are neither completed nor cancelled. */
  open_blocker_count: number
}

export interface TaskLinksChangedEvent {
  type: 'task.links.changed'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  task: Task
}

export interface TaskCommentedEvent {
  type: 'task.commented'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  comment: Comment
  comment_count: number
  open_question_count: number
  discussion_version: number
}

export interface Comment {
  id: string
  task_id: string
  author_user_id: string
  body: string
  mentions: string[]
  created_at: string
  /** The time of the last edit. Null when there was no edit. */
  edited_at: string | null
}

export interface TaskCommentEditedEvent {
  type: 'task.comment.edited'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  comment: Comment
  new_mentions: string[]
  comment_count: number
  open_question_count: number
  discussion_version: number
}

export interface TaskCommentDeletedEvent {
  type: 'task.comment.deleted'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  comment_id: string
  comment_count: number
  open_question_count: number
  discussion_version: number
}

export interface TaskQuestionsChangedEvent {
  type: 'task.questions.changed'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  task_id: string
  version: number
  comment_count: number
  open_question_count: number
  discussion_version: number
}

export interface StoryCreatedEvent {
  type: 'story.created'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  version: number
  story: Story
}

export interface Story {
  id: string
  project_id: string
  sprint_id: string | null
  title: string
  description: string
  status: 'draft' | 'ready' | 'committed' | 'in_progress' | 'done'
  /** The place in the order of the project. Compare two ranks by their bytes. Where two ranks are equal, compare the ids. */
  rank: string
  version: number
  created_at: string
  updated_at: string
}

export interface StoryUpdatedEvent {
  type: 'story.updated'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  version: number
  story: Story
}

export interface StoryDeletedEvent {
  type: 'story.deleted'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  version: number
  story: Story
}

export interface StoryMovedEvent {
  type: 'story.moved'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  version: number
  from_sprint_id: string | null
  to_sprint_id: string | null
  story: Story
}

export interface StoryRankedEvent {
  type: 'story.ranked'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  version: number
  /** The place in the order of the project. Compare two ranks by their bytes. Where two ranks are equal, compare the ids. */
  rank: string
}

export interface StoryStatusChangedEvent {
  type: 'story.status.changed'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id: string
  version: number
  old_status: 'draft' | 'ready' | 'committed' | 'in_progress' | 'done'
  new_status: 'draft' | 'ready' | 'committed' | 'in_progress' | 'done'
}

export interface SprintCreatedEvent {
  type: 'sprint.created'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id: string
  version: number
  sprint: Sprint
}

export interface Sprint {
  id: string
  project_id: string
  name: string
  goal: string
  starts_on: string | null
  ends_on: string | null
  status: 'planned' | 'active' | 'closed'
  /** When the sprint was started for the first time. Null before. */
  started_at: string | null
  /** Null while the sprint is not closed. */
  closed_at: string | null
  version: number
  created_at: string
  updated_at: string
}

export interface SprintUpdatedEvent {
  type: 'sprint.updated'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id: string
  version: number
  sprint: Sprint
}

export interface SprintStatusChangedEvent {
  type: 'sprint.status.changed'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id: string
  version: number
  old_status: 'planned' | 'active' | 'closed'
  new_status: 'planned' | 'active' | 'closed'
  sprint: Sprint
  summary?: SprintSummary | undefined
}

export interface SprintSummary {
  /** Without cancelled tasks, and without tasks that were completed before the sprint was started. The other totals do not contain these tasks either. */
  task_count: number
  completed_task_count: number
  /** The sum of the estimates. Tasks without an estimate count as 0. */
  estimated_hours: number
  completed_hours: number
  /** Null when the open stories moved to the backlog. */
  to_sprint_id: string | null
  moved_story_count: number
  moved_task_count: number
}

export interface SprintDeletedEvent {
  type: 'sprint.deleted'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id: string
  version: number
  sprint: Sprint
}

export interface LabelCreatedEvent {
  type: 'label.created'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  label_id: string
  version: number
  label: Label
}

export interface Label {
  id: string
  project_id: string
  name: string
  color: 'gray' | 'red' | 'orange' | 'yellow' | 'green' | 'teal' | 'blue' | 'indigo' | 'purple' | 'pink'
  version: number
  created_at: string
  updated_at: string
}

export interface LabelUpdatedEvent {
  type: 'label.updated'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  label_id: string
  version: number
  label: Label
}

export interface LabelDeletedEvent {
  type: 'label.deleted'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  label_id: string
  version: number
  label: Label
}

export interface BoardImportedEvent {
  type: 'board.imported'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
}

export interface MemberUpdatedEvent {
  type: 'member.updated'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  member: Member
}

export interface Member {
  id: string
  name: string
}

export interface ProjectCreatedEvent {
  type: 'project.created'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  version: number
  project: Project
}

export interface Project {
  id: string
  /** A short name that is unique in the organization and never changes. The keys of tasks start with it. */
  key: string
  name: string
  phase: string
  /** For each status, how many tasks a board should contain at most. A status without a limit is missing. The limits are for display: no change is rejected because of them. */
  wip_limits: {
    available?: number | undefined
    owned?: number | undefined
    in_progress?: number | undefined
    completed?: number | undefined
    failed?: number | undefined
    cancelled?: number | undefined
  }
  version: number
  created_at: string
  updated_at: string
}

export interface ProjectUpdatedEvent {
  type: 'project.updated'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  version: number
  project: Project
}

export interface ProjectDeletedEvent {
  type: 'project.deleted'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  version: number
  project: Project
}

export interface ProjectPhaseChangedEvent {
  type: 'project.phase.changed'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  version: number
  old_phase: string
  new_phase: string
}

export interface EscalationCreatedEvent {
  type: 'escalation.created'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  story_id?: string | undefined
  task_id?: string | undefined
  escalation: Escalation
}

export interface Escalation {
  id: string
  project_id: string
  story_id: string | null
  task_id: string | null
  kind: 'question' | 'release'
  question: string
  status: 'open' | 'responded'
  assignee_user_id: string | null
  created_by_user_id: string
  response: string | null
  /** Whether the owner has approved the release. Null for questions, while the request is open, and when the task had another owner before the response. */
  approved: boolean | null
  responded_by_user_id: string | null
  created_at: string
  responded_at: string | null
}

export interface EscalationRespondedEvent {
  type: 'escalation.responded'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  story_id?: string | undefined
  task_id?: string | undefined
  escalation: Escalation
}

export interface AgentStartedEvent {
  type: 'agent.started'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  agent: string
  run_id: string
}

export interface AgentCompletedEvent {
  type: 'agent.completed'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  agent: string
  run_id: string
  outcome: 'succeeded' | 'failed' | 'cancelled'
}

export interface PrCreatedEvent {
  type: 'pr.created'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  pr: {
    number: number
    title: string
    url: string
    author: string
  }
}

export interface PrMergedEvent {
  type: 'pr.merged'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  pr: {
    number: number
    title: string
    url: string
    author: string
  }
}

export interface WorkflowErrorEvent {
  type: 'workflow.error'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  workflow: string
  message: string
}

export interface NotificationCreatedEvent {
  type: 'notification.created'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  project_id: string
  sprint_id?: string | undefined
  story_id?: string | undefined
  task_id?: string | undefined
  notification: Notification
}

export interface Notification {
  id: string
  /** The type of the event that caused the notification. */
  cause: 'ownership_released' | 'ownership_transferred' | 'task.completed' | 'task.failed' | 'task.cancelled' | 'task.moved' | 'task.commented' | 'task.comment.edited' | 'escalation.created' | 'escalation.responded'
  actor_user_id: string | null
  project_id: string
  story_id: string | null
  task_id: string | null
  comment_id: string | null
  escalation_id: string | null
  /** The kind of the escalation. Null when there is none, and when the notification is older than this field. */
  escalation_kind: 'question' | 'release' | null
  /** The title of the task. For an escalation: the beginning of the question. */
  title: string
  /** The beginning of the comment or of the response. Null when there is no comment and no response, and after the comment was deleted. */
  text: string | null
  created_at: string
  read_at: string | null
}

export interface NotificationReadEvent {
  type: 'notification.read'
  timestamp: string
  actor_user_id: string | null
  /** The trace of the change. Present only if the change was requested with `X-Trace-Events: true`. */
  trace?: string | undefined
  notification_ids: string[]
}

/** A control event reports the state of the stream itself. The event log does not contain control events. */
export type StreamEvent = StreamOpenEvent | StreamReadyEvent | StreamHeartbeatEvent | StreamCheckpointEvent | PresenceStateEvent | PresenceChangedEvent | StreamResetEvent | StreamUnavailableEvent | StreamExpiringEvent | StreamExpiredEvent | StreamRevokedEvent | StreamDrainEvent

/** The first event of a stream. `cursor` is the position from which the stream starts. */
export interface StreamOpenEvent {
  type: 'stream.open'
  timestamp: string
  /** A position in the event log, in the form `<epoch>-<seq>`. */
  cursor: string
  heartbeat_seconds: number
}

/** The replay is complete. Live events follow. */
export interface StreamReadyEvent {
  type: 'stream.ready'
  timestamp: string
  /** A position in the event log, in the form `<epoch>-<seq>`. */
  cursor: string
  replayed: number
}

/** Sent at regular intervals while the stream is open. `checked_at` is the time when the server last read the log for this stream. */
export interface StreamHeartbeatEvent {
  type: 'stream.heartbeat'
  timestamp: string
  checked_at: string
}

/** Sent on streams of exactly one sprint, after changes of its board. `digest` is the digest of the board at `cursor`, as in `GET /sprints/{id}/board`. Compare the digest with the digest of your own board. When the digests differ, fetch the board again. */
export interface StreamCheckpointEvent {
  type: 'stream.checkpoint'
  timestamp: string
  /** A position in the event log, in the form `<epoch>-<seq>`. */
  cursor: string
  digest: string
}

/** Sent on streams with `presence=true` for each sprint of the stream, after `stream.ready`, and again after the stream was too slow. Replaces the presence that you know. This event has no id. */
export interface PresenceStateEvent {
  type: 'presence.state'
  timestamp: string
  /** The sprint of the board. */
  sprint_id: string
  /** The members who have the board open, sorted by `user_id`: at most 200. */
  members: PresentMember[]
  /** The number of present members who are not listed. */
  more: number
}

/** A member who has the board open. A member with several devices or tabs is listed once. */
export interface PresentMember {
  /** The id of the member. */
  user_id: string
  name: string
  /** The tasks that the member has open, sorted: at most 8. */
  task_ids: string[]
}

/** Sent on streams with `presence=true` when the presence of a board has changed, at most once a second for each board. This event has no id. */
export interface PresenceChangedEvent {
  type: 'presence.changed'
  timestamp: string
  /** The sprint of the board. */
  sprint_id: string
  /** Members to add to the list. If a member is already listed, replace the entry. */
  joined: PresentMember[]
  /** The ids of the members to remove from the list. */
  left: string[]
  /** Listed members with another name or other open tasks. Replace their entries. */
  updated: PresentMember[]
  /** The number of present members who are not listed. */
  more: number
}

/** The stream cannot resume from the requested cursor. The stream continues with live events from the head of the log. */
export interface StreamResetEvent {
  type: 'stream.reset'
  timestamp: string
  reason: 'expired' | 'epoch' | 'ahead' | 'malformed'
  /** A position in the event log, in the form `<epoch>-<seq>`. */
  cursor: string
}

/** The server cannot serve the stream and ends the stream. Reconnect after the `retry` delay. */
export interface StreamUnavailableEvent {
  type: 'stream.unavailable'
  timestamp: string
  reason: 'store' | 'limit' | 'rate-limited' | 'draining'
}

/** The credential of the stream ends at `expires_at`, in at most 60 s. Reconnect with a new credential. This event has no id. */
export interface StreamExpiringEvent {
  type: 'stream.expiring'
  timestamp: string
  expires_at: string
}

/** The credential ends in less than a second. The server ends the stream now. Reconnect with a new credential. */
export interface StreamExpiredEvent {
  type: 'stream.expired'
  timestamp: string
}

/** The access of the client was withdrawn, and the stream ends. The reason `ticket-superseded` means that the ticket has opened another stream; do not reconnect. This event has no id. */
export interface StreamRevokedEvent {
  type: 'stream.revoked'
  timestamp: string
  reason: 'api-key-revoked' | 'member-removed' | 'signed-out' | 'ticket-superseded'
}

/** The server process is stopping, and the stream ends. Reconnect after the `retry` delay, which is at most 1 s. */
export interface StreamDrainEvent {
  type: 'stream.drain'
  timestamp: string
}

export interface MeWithQuotas {
  user_id: string
  organization_id: string
  role: 'viewer' | 'member' | 'admin'
  name: string
  /** The limits of your organization, and how much of each limit the organization uses. Null while the database is unavailable. */
  quotas: {
    /** The name of the limit. The server’s setting has the same name. */
    setting: string
    limit: number
    used: number
  }[] | null
}

export interface OwnTaskPage {
  /** The items, sorted by id: the oldest item is first. */
  items: BoardTask[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export interface BoardTask {
  id: string
  project_id: string
  sprint_id: string | null
  story_id: string
  number: number
  /** The key of the project and the number of the task, for example `WEB-142`. The paths `/tasks/{id}` and below accept the key in place of the id; bodies, queries and filters contain only ids. The key never changes. */
  key: string
  title: string
  description?: string | undefined
  status: 'available' | 'owned' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
  owner_user_id: string | null
  created_by_user_id: string
  acceptance_criteria_refs: string[]
  estimated_hours: number | null
  priority: 'urgent' | 'high' | 'medium' | 'low' | null
  due_on: string | null
  label_ids: string[]
  /** The tasks that must be closed before this task, sorted. They belong to the same project. */
  blocked_by_task_ids: string[]
  /** The number of blockers that are neither completed nor cancelled. */
  open_blocker_count: number
  /** Pull requests and commits that name the key of the task, at most 20. */
  links?: TaskLink[] | undefined
  /** In the order of the team. */
  checklist?: ChecklistItem[] | undefined
  checklist_count: number
  checklist_done_count: number
  has_description: boolean
  comment_count: number
  open_question_count: number
  discussion_version: number
  /** The place in the order of the project. Compare two ranks by their bytes. Where two ranks are equal, compare the ids. */
  rank: string
  version: number
  created_at: string
  updated_at: string
  owned_at: string | null
  completed_at: string | null
}

export interface MemberPage {
  /** The items, sorted by id: the oldest item is first. */
  items: MemberDetails[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export interface MemberDetails {
  id: string
  name: string
  kind: 'person' | 'api_key'
  /** The role that an admin has set. If no admin has set a role, this is the role of the API key or of the member’s newest token. Null when this role is not known yet, because the member has sent no request since the server was updated. */
  role: 'viewer' | 'member' | 'admin' | null
  /** The time of a recent request of the member. Later requests within 5 minutes do not change this time. Null when no request is known. */
  last_seen_at: string | null
  /** Null when the member has not been removed. */
  removed_at: string | null
}

export interface MemberEdit {
  role: 'viewer' | 'member' | 'admin' | null
}

export interface CreatedApiKey {
  id: string
  /** The member that makes the requests with this key. */
  member_id: string
  name: string
  role: 'viewer' | 'member' | 'admin'
  created_at: string
  /** Null when the key does not expire. */
  expires_at: string | null
  /** Null when the key has not been revoked. */
  revoked_at: string | null
  /** The key: `bck_` and 43 characters. Save the key, because it is not shown again. */
  key: string
}

export interface NewApiKey {
  /** One line, without control characters and bidirectional controls. */
  name: string
  role: 'viewer' | 'member' | 'admin'
  /** A time in the future. With null, the key does not expire. */
  expires_at?: string | null | undefined
}

export interface ApiKeyPage {
  /** The items, sorted by id: the oldest item is first. */
  items: ApiKey[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export interface ApiKey {
  id: string
  /** The member that makes the requests with this key. */
  member_id: string
  name: string
  role: 'viewer' | 'member' | 'admin'
  created_at: string
  /** Null when the key does not expire. */
  expires_at: string | null
  /** Null when the key has not been revoked. */
  revoked_at: string | null
}

export interface Dashboard {
  projects: Project[]
  sprints: Sprint[]
  stories: DashboardStory[]
  escalations: Escalation[]
  /** False when a list is too long for one response. The list then contains only the newest items. The lists of each project, such as `GET /projects/{id}/stories`, return all items in pages. */
  complete: boolean
  /** The same cursor as in the `Event-Id` header. A stream from this cursor delivers every event that the response does not include. */
  cursor: string
}

export interface DashboardStory {
  id: string
  project_id: string
  sprint_id: string | null
  title: string
  description?: string | undefined
  status: 'draft' | 'ready' | 'committed' | 'in_progress' | 'done'
  /** The place in the order of the project. Compare two ranks by their bytes. Where two ranks are equal, compare the ids. */
  rank: string
  version: number
  created_at: string
  updated_at: string
  /** The number of tasks that are not cancelled. Only the newest 2,000 stories have this number. */
  task_count?: number | undefined
  /** Present if `task_count` is present. */
  completed_task_count?: number | undefined
  /** The sum of the estimates of these tasks. Present if `task_count` is present. */
  estimated_hours?: number | undefined
  /** The sum of the estimates of the completed tasks. Present if `task_count` is present. */
  completed_hours?: number | undefined
}

export interface ProjectPage {
  /** The items, sorted by id: the oldest item is first. */
  items: Project[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export interface BacklogSnapshot {
  project: Project
  stories: BoardStory[]
  /** All labels of the project. */
  labels: Label[]
  /** The members who own or created a task of the board. An event may add a member who is not listed; `GET /members` lists all members. */
  members: Member[]
  /** The same cursor as in the `Event-Id` header. A stream from this cursor delivers every event that the response does not include. */
  cursor: string
}

export interface BoardStory {
  id: string
  project_id: string
  sprint_id: string | null
  title: string
  description?: string | undefined
  status: 'draft' | 'ready' | 'committed' | 'in_progress' | 'done'
  /** The place in the order of the project. Compare two ranks by their bytes. Where two ranks are equal, compare the ids. */
  rank: string
  version: number
  created_at: string
  updated_at: string
  tasks: BoardTask[]
}

export interface LabelPage {
  /** The items, sorted by id: the oldest item is first. */
  items: Label[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export interface SprintPage {
  /** The items, sorted by id: the oldest item is first. */
  items: Sprint[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export interface NewSprintStatus {
  status: 'planned' | 'active' | 'closed'
  /** Only with `closed`: the sprint to which the open stories move. Null is the backlog. Default null. */
  open_to_sprint_id?: string | null | undefined
}

export interface Burndown {
  sprint_id: string
  /** In the order of time. Empty before the sprint is started. A day without an entry was not recorded; clients show it like the day before. The last entry is the state of now, or the state when the sprint was closed. */
  days: SprintDay[]
}

export interface SprintDay {
  /** Without cancelled tasks, and without tasks that were completed before the sprint was started. The other totals do not contain these tasks either. */
  task_count: number
  completed_task_count: number
  /** The sum of the estimates. Tasks without an estimate count as 0. */
  estimated_hours: number
  completed_hours: number
  day: string
}

export interface Velocity {
  project_id: string
  /** The closed sprints, with the last one first. At most 50. */
  sprints: ClosedSprint[]
}

export interface ClosedSprint {
  /** Without cancelled tasks, and without tasks that were completed before the sprint was started. The other totals do not contain these tasks either. */
  task_count: number
  completed_task_count: number
  /** The sum of the estimates. Tasks without an estimate count as 0. */
  estimated_hours: number
  completed_hours: number
  sprint_id: string
  name: string
  closed_at: string
}

export interface BoardSnapshot {
  sprint: Sprint
  stories: BoardStory[]
  /** All labels of the project. */
  labels: Label[]
  /** The members who own or created a task of the board. An event may add a member who is not listed; `GET /members` lists all members. */
  members: Member[]
  /** The same cursor as in the `Event-Id` header. A stream from this cursor delivers every event that the response does not include. */
  cursor: string
  /** The SHA-256 of the board in lower-case hex. It covers the canonical JSON (RFC 8785) of the object `{"sprint", "stories"}` of this response. `description` of stories and tasks is omitted from this object. */
  digest: string
}

/** The members who have a board open with `presence=true`. */
export interface Presence {
  /** The sprint of the board. */
  sprint_id: string
  /** The members who have the board open, sorted by `user_id`: at most 200. */
  members: PresentMember[]
  /** The number of present members who are not listed. */
  more: number
}

export interface OpenTask {
  /** Identifies the tab. Each tab chooses a random value, and keeps this value. */
  client_id: string
  /** The task that the tab shows. Null when the tab shows no task. */
  task_id: string | null
}

export interface StoryPage {
  /** The items, sorted by id: the oldest item is first. */
  items: Story[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export type StoryPlace = {
  after_story_id: string | null
} | {
  before_story_id: string | null
}

export interface TaskPage {
  /** The items, sorted by id: the oldest item is first. */
  items: Task[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export type TaskPlace = {
  after_task_id: string | null
} | {
  before_task_id: string | null
}

/** The tasks of the request after the change, in the order of `task_ids`. */
export interface ChangedTasks {
  tasks: Task[]
}

/** The changes of each task. At least one field is required. */
export interface TaskChanges {
  status?: 'available' | 'owned' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | undefined
  /** The member who becomes the owner, like `PUT /tasks/{id}/ownership`. Null releases the tasks. A task without an owner is not changed. */
  owner_user_id?: string | null | undefined
  priority?: 'urgent' | 'high' | 'medium' | 'low' | null | undefined
  due_on?: string | null | undefined
  estimated_hours?: number | null | undefined
  /** Moves the tasks to this story of their project, and to its sprint. */
  story_id?: string | undefined
  /** The labels to add. They must belong to the project of the tasks. */
  add_label_ids?: string[] | undefined
  /** The labels to remove. They must belong to the project of the tasks. */
  remove_label_ids?: string[] | undefined
}

export interface HistoryPage {
  /** The changes, newest first. */
  items: HistoryItem[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: number | null
}

export interface HistoryItem {
  /** The number of the event. It is unique in the organization, and later events have higher numbers. */
  seq: number
  /** The type of the event. */
  type: 'ownership_taken' | 'ownership_released' | 'ownership_transferred' | 'status_changed' | 'task.created' | 'task.updated' | 'task.deleted' | 'task.started' | 'task.completed' | 'task.failed' | 'task.cancelled' | 'task.moved' | 'task.ranked' | 'task.blockers.changed' | 'task.links.changed' | 'task.commented' | 'task.comment.edited' | 'task.comment.deleted' | 'task.questions.changed' | 'story.created' | 'story.updated' | 'story.deleted' | 'story.moved' | 'story.ranked' | 'story.status.changed' | 'sprint.created' | 'sprint.updated' | 'sprint.status.changed' | 'sprint.deleted' | 'label.created' | 'label.updated' | 'label.deleted' | 'board.imported' | 'member.updated' | 'project.created' | 'project.updated' | 'project.deleted' | 'project.phase.changed' | 'escalation.created' | 'escalation.responded' | 'agent.started' | 'agent.completed' | 'pr.created' | 'pr.merged' | 'workflow.error' | 'notification.created' | 'notification.read'
  timestamp: string
  /** Null when no member made the change. */
  actor_user_id: string | null
  /** The fields that changed. Can be empty. */
  changes: FieldChange[]
  /** In the history of a sprint: the story that the change is about. */
  story_id?: string | undefined
  /** In the history of a sprint: the task that the change is about. */
  task_id?: string | undefined
  /** The title that this story or task had, because it may be deleted since then. */
  title?: string | undefined
  comment_id?: string | undefined
  escalation_id?: string | undefined
  /** What the sprint contained when it was closed, and what moved. Items of earlier versions of the server do not have it. */
  summary?: {
    /** Without cancelled tasks, and without tasks that were completed before the sprint was started. The other totals do not contain these tasks either. */
    task_count: number
    completed_task_count: number
    /** The sum of the estimates. Tasks without an estimate count as 0. */
    estimated_hours: number
    completed_hours: number
    /** Null when the open stories moved to the backlog. */
    to_sprint_id: string | null
    moved_story_count: number
    moved_task_count: number
  } | undefined
}

/** A changed field. The lists of labels, blockers and acceptance criteria have `added` and `removed`. `description`, `goal`, `checklist` and `links` have neither values nor lists. Other fields have `from` and `to`. */
export interface FieldChange {
  /** The name of the field of the task or sprint. */
  field: string
  /** The value before the change. */
  from?: string | number | null | undefined
  /** The value after the change. */
  to?: string | number | null | undefined
  /** For a list: what was added. */
  added?: string[] | undefined
  /** For a list: what was removed. */
  removed?: string[] | undefined
}

export interface SearchPage {
  /** The task whose key is the query, then results with the words in the title, then other tasks and stories, then comments. In each group, the newest is first. */
  items: SearchResult[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export interface SearchResult {
  kind: 'task' | 'story' | 'comment'
  /** The id of the task, story or comment. */
  id: string
  project_id: string
  /** The sprint of the story. Null for a story in no sprint. */
  sprint_id: string | null
  /** The story, or the story of the task. */
  story_id: string
  /** The task, or the task of the comment. Null for a story. */
  task_id: string | null
  /** The key of the task `task_id`. */
  key: string | null
  /** The title of the story or of the task `task_id`. */
  title: string
  /** The words of the query in `title`, as positions in UTF-16 code units. */
  title_hits: SearchHit[]
  /** Up to 200 characters of the description or comment, as plain text. */
  excerpt: string
  /** Like `title_hits`, in `excerpt`. */
  excerpt_hits: SearchHit[]
}

export interface SearchHit {
  start: number
  end: number
}

export interface CommentPage {
  /** The items, sorted by id: the oldest item is first. */
  items: Comment[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export interface EscalationPage {
  /** The items, sorted by id: the oldest item is first. */
  items: Escalation[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export interface NotificationPage {
  /** The items, sorted by id in descending order: the newest item is first. */
  items: Notification[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
  /** The number of all your unread notifications, on this page and on other pages. 1000 means 1000 or more. */
  unread_count: number
  /** The number of your unread notifications in each project, sorted by the id of the project. The numbers add up to `unread_count`. If you have more than 1000 unread notifications, only the newest 1000 are counted. The list can contain a project that was deleted. */
  unread_by_project: {
    project_id: string
    count: number
  }[]
}

export interface ReadCount {
  /** The number of notifications that this request has marked as read. */
  read: number
}

export interface RecordedActivity {
  /** The recorded activities, in the order of the request. */
  items: Activity[]
}

/** An activity has an id, and all fields of the event with the same `type` as the activity. */
export type Activity = {
  type: 'agent.started'
  id: string
  timestamp: string
  actor_user_id: string | null
  project_id: string
  agent: string
  run_id: string
} | {
  type: 'agent.completed'
  id: string
  timestamp: string
  actor_user_id: string | null
  project_id: string
  agent: string
  run_id: string
  outcome: 'succeeded' | 'failed' | 'cancelled'
} | {
  type: 'pr.created'
  id: string
  timestamp: string
  actor_user_id: string | null
  project_id: string
  pr: {
    number: number
    title: string
    url: string
    author: string
  }
} | {
  type: 'pr.merged'
  id: string
  timestamp: string
  actor_user_id: string | null
  project_id: string
  pr: {
    number: number
    title: string
    url: string
    author: string
  }
} | {
  type: 'workflow.error'
  id: string
  timestamp: string
  actor_user_id: string | null
  project_id: string
  workflow: string
  message: string
}

export type NewActivity = {
  type: 'agent.started'
  /** One line, without control characters and bidirectional controls. */
  agent: string
  /** One line, without control characters and bidirectional controls. */
  run_id: string
} | {
  type: 'agent.completed'
  /** One line, without control characters and bidirectional controls. */
  agent: string
  /** One line, without control characters and bidirectional controls. */
  run_id: string
  outcome: 'succeeded' | 'failed' | 'cancelled'
} | {
  type: 'pr.created'
  pr: {
    number: number
    /** One line, without control characters and bidirectional controls. */
    title: string
    /** One line, without control characters and bidirectional controls. */
    url: string
    /** One line, without control characters and bidirectional controls. */
    author: string
  }
} | {
  type: 'pr.merged'
  pr: {
    number: number
    /** One line, without control characters and bidirectional controls. */
    title: string
    /** One line, without control characters and bidirectional controls. */
    url: string
    /** One line, without control characters and bidirectional controls. */
    author: string
  }
} | {
  type: 'workflow.error'
  /** One line, without control characters and bidirectional controls. */
  workflow: string
  message: string
}

export interface ActivityPage {
  /** The items, sorted by id in descending order: the newest item is first. */
  items: Activity[]
  /** The value of `after` that requests the next page, or null on the last page. */
  next: string | null
}

export interface ProjectExport {
  /** The version of this format. */
  boardcast_export: 1
  exported_at: string
  project: Project
  /** The members who own or created a task, or have written a comment, of the project. */
  members: Member[]
  labels: Label[]
  sprints: Sprint[]
  stories: Story[]
  tasks: Task[]
  comments: Comment[]
}

export interface ImportReport {
  format: 'trello' | 'jira' | 'github' | 'csv' | 'boardcast'
  /** Whether the import was only a preview, which changed nothing. */
  preview: boolean
  created: ImportCounts
  /** What existed, and gets values that the file has changed since the last import. */
  updated: {
    sprints: number
    labels: number
    stories: number
    tasks: number
    checklist_items: number
    comments: number
  }
  unchanged: ImportCounts
  statuses: StatusMapping[]
  not_kept: NotKept[]
}

export interface ImportCounts {
  sprints: number
  labels: number
  stories: number
  tasks: number
  checklist_items: number
  comments: number
}

export interface StatusMapping {
  /** The status in the file, for example the name of a list of Trello. */
  from: string
  /** The status of the tasks. `available` becomes `owned` when the owner is known. */
  to: 'available' | 'owned' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
  count: number
}

export interface NotKept {
  reason: 'already-in-project' | 'archived' | 'attachments' | 'checklist-details' | 'closed-sprint' | 'changed-by-members' | 'comments-without-text' | 'custom-fields' | 'cut-texts' | 'deleted-story' | 'further-owners' | 'held-by-others' | 'in-progress-without-owner' | 'invalid-values' | 'links' | 'nested-stories' | 'open-questions' | 'other-authors' | 'pull-requests' | 'repeated-ids' | 'story-fields' | 'sprint-status' | 'too-many' | 'unknown-members' | 'unknown-statuses' | 'unused-fields'
  explanation: string
  count: number
  /** One of the things. */
  example: string
}

export interface Ticket {
  /** The value of the parameter `ticket`. The server never returns this value again. */
  ticket: string
  /** The end of the credential of this request. The ticket and its streams end at this time at the latest. Null when the credential has no end. */
  expires_at: string | null
}

/** The events that the streams of the ticket deliver. Each field has the meaning of the parameter with the same name. */
export interface NewTicket {
  /** Default: all topics. */
  topics?: ('tasks' | 'projects' | 'user')[] | undefined
  project_id?: string[] | undefined
  sprint_id?: string[] | undefined
  story_id?: string[] | undefined
  task_id?: string[] | undefined
  types?: ('ownership_taken' | 'ownership_released' | 'ownership_transferred' | 'status_changed' | 'task.created' | 'task.updated' | 'task.deleted' | 'task.started' | 'task.completed' | 'task.failed' | 'task.cancelled' | 'task.moved' | 'task.ranked' | 'task.blockers.changed' | 'task.links.changed' | 'task.commented' | 'task.comment.edited' | 'task.comment.deleted' | 'task.questions.changed' | 'story.created' | 'story.updated' | 'story.deleted' | 'story.moved' | 'story.ranked' | 'story.status.changed' | 'sprint.created' | 'sprint.updated' | 'sprint.status.changed' | 'sprint.deleted' | 'label.created' | 'label.updated' | 'label.deleted' | 'board.imported' | 'member.updated' | 'project.created' | 'project.updated' | 'project.deleted' | 'project.phase.changed' | 'escalation.created' | 'escalation.responded' | 'agent.started' | 'agent.completed' | 'pr.created' | 'pr.merged' | 'workflow.error' | 'notification.created' | 'notification.read')[] | undefined
  presence?: boolean | undefined
}

export interface Divergence {
  sprint_id: string
  /** The position at which the client compared the boards. */
  cursor: string
  /** The digest in `stream.checkpoint`. */
  expected: string
  /** The digest of the client’s board. */
  actual: string
}

/** The answer to a poll. */
export interface PollAnswer {
  /** At most 128 events, in the order of the event log. */
  events: ({
    /** The cursor after this event. */
    id: string
  } & BoardEvent)[]
  /** The position after the answer, in the form `<epoch>-<seq>`. Send this cursor as Last-Event-ID of the next poll. */
  cursor: string
  /** Present when the events after the requested cursor cannot be delivered. `cursor` is then the head of the event log. Read the board again. */
  reset?: {
    reason: 'expired' | 'epoch' | 'ahead' | 'malformed'
  } | undefined
  /** Whether `cursor` is the head of the event log. If `ready` is false, more events may follow at once. */
  ready: boolean
  /** Who has the boards open now, one item for each sprint. Present when the request has `presence=true`. */
  presence?: Presence[] | undefined
}

export interface Alive {
  status: 'alive'
}

export interface Ready {
  status: 'ready'
}

export interface Delivery {
  /** `recorded`: this request recorded the delivery. `repeated`: an earlier request recorded the delivery. `ignored`: the delivery adds no activity and changes no link. A repeated push is also `ignored`. */
  outcome: 'recorded' | 'repeated' | 'ignored'
}

export interface Me {
  user_id: string
  organization_id: string
  role: 'viewer' | 'member' | 'admin'
  name: string
}

export type NewSession = {
  token: string
} | {
  demo_member: string
}

export interface DemoMembers {
  items: {
    handle: string
    name: string
    role: 'viewer' | 'member' | 'admin'
  }[]
}

export type Board = Omit<BoardSnapshot, 'cursor' | 'digest'>
export type Backlog = Omit<BacklogSnapshot, 'cursor'>
export type TaskStatus = Task['status']
export type StoryStatus = Story['status']
export type Role = Me['role']
export type ActivityType = Activity['type']
export type NotificationCause = Notification['cause']
export type EventType = BoardEvent['type']
export type Topic = NonNullable<NewTicket['topics']>[number]
export type ResetReason = StreamResetEvent['reason']
export type ProblemCode = ProblemDocument['code']

/** The codes of the problems with which the server can reject every request of a member. */
export type CommonProblemCode = 'invalid-request' | 'unauthenticated' | 'invalid-token' | 'invalid-api-key' | 'invalid-session' | 'member-removed' | 'no-organization' | 'host-not-allowed' | 'cross-site-request' | 'rate-limited' | 'internal-error' | 'store-unavailable' | 'store-busy' | 'identity-unavailable'

/**
 * The operations of the API. The key of an operation is its method and its path, relative to `/api/v1`. `problems` lists
 * the codes of the problems with which the server can reject the request.
 */
export interface Operations {
  /** Get your own member, your organization, and how much of each quota your organization uses. Required role: `viewer`. */
  'GET /me': {
    response: MeWithQuotas
    problems: CommonProblemCode
  }
  /** List the open tasks that you own, in all projects. A task is open when its status is `owned` or `in_progress`. The tasks have no descriptions, checklists or links. Required role: `viewer`. */
  'GET /me/tasks': {
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
      /** Lists the tasks that you own and that were completed at this time or later, in place of your open tasks. */
      completed_since?: string | undefined
    }
    response: OwnTaskPage
    eventId: true
    problems: CommonProblemCode
  }
  /** List the members of your organization. Required role: `viewer`. */
  'GET /members': {
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
      /** With `true`, removed members are listed too. */
      removed?: boolean | undefined
    }
    response: MemberPage
    eventId: true
    problems: CommonProblemCode
  }
  /** Set the role of a member. The server uses this role instead of the role in the member’s tokens or of the API key. If the role is null, the server uses the role of the tokens or the API key again. Only admins can set roles. Required role: `admin`. */
  'PATCH /members/{id}': {
    params: {
      id: string
    }
    body: MemberEdit
    response: MemberDetails
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'member-not-found' | 'last-admin' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Remove a member. The server refuses all credentials of the member, ends the member’s streams, and releases the member’s open tasks. A new token does not restore the member. Only admins can remove members. Required role: `admin`. */
  'DELETE /members/{id}': {
    params: {
      id: string
    }
    response: undefined
    eventId: true
    problems: CommonProblemCode | 'role-insufficient' | 'member-not-found' | 'last-admin'
  }
  /** End all your sessions of the page, and the streams of these sessions. Required role: `viewer`. */
  'DELETE /sessions': {
    response: undefined
    eventId: true
    problems: CommonProblemCode
  }
  /** List the API keys of your organization, including expired and revoked keys. Only admins can list API keys. Required role: `admin`. */
  'GET /api-keys': {
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
    }
    response: ApiKeyPage
    eventId: true
    problems: CommonProblemCode | 'role-insufficient'
  }
  /** Create an API key. The response contains the key, which is not shown again. Only admins can create API keys. Required role: `admin`. */
  'POST /api-keys': {
    body: NewApiKey
    idempotencyKey: true
    response: CreatedApiKey
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'secret-already-shown' | 'idempotency-key-in-use' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Revoke an API key, and end its streams. When the key has already been revoked, nothing changes. Only admins can revoke API keys. Required role: `admin`. */
  'DELETE /api-keys/{id}': {
    params: {
      id: string
    }
    response: undefined
    eventId: true
    problems: CommonProblemCode | 'role-insufficient' | 'api-key-not-found'
  }
  /** Read a consistent snapshot of all projects with their sprints, stories and escalations, and the cursor from which a stream continues. The stories have no descriptions, but the numbers of their tasks. Required role: `viewer`. */
  'GET /dashboard': {
    query: {
      /** Only this project. Default: all projects. */
      project_id?: string | undefined
    }
    response: Dashboard
    eventId: true
    problems: CommonProblemCode | 'project-not-found'
  }
  /** List the projects of your organization. Required role: `viewer`. */
  'GET /projects': {
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
    }
    response: ProjectPage
    eventId: true
    problems: CommonProblemCode
  }
  /** Create a project. Required role: `member`. */
  'POST /projects': {
    body: {
      /** One line, without control characters and bidirectional controls. */
      name: string
      /** One line, without control characters and bidirectional controls. */
      phase?: string | undefined
      /** Default: a key from the letters of the name. */
      key?: string | undefined
    }
    idempotencyKey: true
    response: Project
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'project-key-in-use' | 'idempotency-key-in-use' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Read a project. Required role: `viewer`. */
  'GET /projects/{id}': {
    params: {
      id: string
    }
    response: Project
    eventId: true
    problems: CommonProblemCode | 'project-not-found'
  }
  /** Edit a project. Only the fields in the body change. Required role: `member`. */
  'PATCH /projects/{id}': {
    params: {
      id: string
    }
    body: {
      /** One line, without control characters and bidirectional controls. */
      name?: string | undefined
      /** One line, without control characters and bidirectional controls. */
      phase?: string | undefined
      /** Replaces all limits. */
      wip_limits?: {
        available?: number | undefined
        owned?: number | undefined
        in_progress?: number | undefined
        completed?: number | undefined
        failed?: number | undefined
        cancelled?: number | undefined
      } | undefined
    }
    ifMatch: true
    response: Project
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'project-not-found' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Delete a project with its sprints, stories and tasks. Only admins can delete a project. Required role: `admin`. */
  'DELETE /projects/{id}': {
    params: {
      id: string
    }
    ifMatch: true
    response: undefined
    eventId: true
    problems: CommonProblemCode | 'role-insufficient' | 'project-not-found' | 'version-mismatch'
  }
  /** Read a consistent snapshot of the project’s backlog, and the cursor from which a stream continues. The backlog contains the stories that are in no sprint, with their tasks. Like a board, it contains no descriptions, and no checklists or links of tasks. It has no digest, because no `stream.checkpoint` covers it. With `If-None-Match`, a backlog costs the server little when nothing in the project has changed. The `Event-Id` of a 304 is newer than or equal to the cursor of your backlog, and a stream can start from either of the two. Required role: `viewer`. */
  'GET /projects/{id}/backlog': {
    params: {
      id: string
    }
    response: BacklogSnapshot
    eventId: true
    problems: CommonProblemCode | 'project-not-found' | 'backlog-too-large'
  }
  /** List the labels of a project. Required role: `viewer`. */
  'GET /projects/{id}/labels': {
    params: {
      id: string
    }
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
    }
    response: LabelPage
    eventId: true
    problems: CommonProblemCode | 'project-not-found'
  }
  /** Add a label to a project. Required role: `member`. */
  'POST /projects/{id}/labels': {
    params: {
      id: string
    }
    body: {
      /** One line, without control characters and bidirectional controls. */
      name: string
      color?: 'gray' | 'red' | 'orange' | 'yellow' | 'green' | 'teal' | 'blue' | 'indigo' | 'purple' | 'pink' | undefined
    }
    idempotencyKey: true
    response: Label
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'project-not-found' | 'label-name-in-use' | 'idempotency-key-in-use' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Edit a label. Only the fields in the body change. Required role: `member`. */
  'PATCH /labels/{id}': {
    params: {
      id: string
    }
    body: {
      /** One line, without control characters and bidirectional controls. */
      name?: string | undefined
      color?: 'gray' | 'red' | 'orange' | 'yellow' | 'green' | 'teal' | 'blue' | 'indigo' | 'purple' | 'pink' | undefined
    }
    ifMatch: true
    response: Label
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'label-not-found' | 'label-name-in-use' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Delete a label, and remove it from all tasks. The versions of the tasks do not change. Required role: `member`. */
  'DELETE /labels/{id}': {
    params: {
      id: string
    }
    ifMatch: true
    response: undefined
    eventId: true
    problems: CommonProblemCode | 'role-insufficient' | 'label-not-found' | 'version-mismatch'
  }
  /** Add a label to a task. When the task has the label already, nothing changes. Members who add or remove different labels at the same time do not conflict without `If-Match`. Required role: `member`. */
  'PUT /tasks/{id}/labels/{label_id}': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
      label_id: string
    }
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'role-insufficient' | 'task-not-found' | 'label-not-found' | 'labels-full' | 'version-mismatch'
  }
  /** Remove a label from a task. When the task does not have the label, nothing changes. Required role: `member`. */
  'DELETE /tasks/{id}/labels/{label_id}': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
      label_id: string
    }
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'role-insufficient' | 'task-not-found' | 'label-not-found' | 'version-mismatch'
  }
  /** List the sprints of a project. Required role: `viewer`. */
  'GET /projects/{id}/sprints': {
    params: {
      id: string
    }
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
    }
    response: SprintPage
    eventId: true
    problems: CommonProblemCode | 'project-not-found'
  }
  /** Add a sprint to a project. Required role: `member`. */
  'POST /projects/{id}/sprints': {
    params: {
      id: string
    }
    body: {
      /** One line, without control characters and bidirectional controls. */
      name: string
      goal?: string | undefined
      starts_on?: string | null | undefined
      ends_on?: string | null | undefined
    }
    idempotencyKey: true
    response: Sprint
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'project-not-found' | 'idempotency-key-in-use' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Read a sprint. Required role: `viewer`. */
  'GET /sprints/{id}': {
    params: {
      id: string
    }
    response: Sprint
    eventId: true
    problems: CommonProblemCode | 'sprint-not-found'
  }
  /** Edit a sprint. Only the fields in the body change. Required role: `member`. */
  'PATCH /sprints/{id}': {
    params: {
      id: string
    }
    body: {
      /** One line, without control characters and bidirectional controls. */
      name?: string | undefined
      goal?: string | undefined
      starts_on?: string | null | undefined
      ends_on?: string | null | undefined
    }
    ifMatch: true
    response: Sprint
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'sprint-not-found' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Delete a sprint. Its stories stay in the project. Only admins can delete a sprint. Required role: `admin`. */
  'DELETE /sprints/{id}': {
    params: {
      id: string
    }
    ifMatch: true
    response: undefined
    eventId: true
    problems: CommonProblemCode | 'role-insufficient' | 'sprint-not-found' | 'version-mismatch'
  }
  /** Start, close or reopen a sprint. A planned sprint becomes `active`, an active one `closed`, and a closed one `active` again. When a sprint is closed, each story with an open task moves with all its tasks to another sprint or to the backlog, and so does each story that has no task and is not done. Each story and each task has its own event; the event `sprint.status.changed` follows and contains the summary. Required role: `member`. */
  'PUT /sprints/{id}/status': {
    params: {
      id: string
    }
    body: NewSprintStatus
    ifMatch: true
    response: Sprint
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'sprint-not-found' | 'invalid-status-move' | 'sprint-of-another-project' | 'sprint-closed' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Read the totals of a sprint for each day since its start. The totals of a day are recorded every ten minutes while the sprint is active, and when it is closed. They are kept when the events are pruned. Days are in UTC. Required role: `viewer`. */
  'GET /sprints/{id}/burndown': {
    params: {
      id: string
    }
    response: Burndown
    eventId: true
    problems: CommonProblemCode | 'sprint-not-found'
  }
  /** Read what the last 50 closed sprints of a project contained and completed. Required role: `viewer`. */
  'GET /projects/{id}/velocity': {
    params: {
      id: string
    }
    response: Velocity
    eventId: true
    problems: CommonProblemCode | 'project-not-found'
  }
  /** Read a consistent snapshot of the sprint’s board, and the cursor from which a stream continues. The board contains no descriptions, and no checklists or links of tasks. With `If-None-Match`, a board that has not changed costs the server little. The `Event-Id` of a 304 is newer than or equal to the cursor of your board, and a stream can start from either of the two. Required role: `viewer`. */
  'GET /sprints/{id}/board': {
    params: {
      id: string
    }
    response: BoardSnapshot
    eventId: true
    problems: CommonProblemCode | 'sprint-not-found'
  }
  /** Read who has the board of the sprint open. Lists the members with a stream or a poll with `presence=true`. A server with several processes asks its other processes, which takes up to 0.25 s. Required role: `viewer`. */
  'GET /sprints/{id}/presence': {
    params: {
      id: string
    }
    response: Presence
    problems: CommonProblemCode | 'sprint-not-found'
  }
  /** Report which task a tab of yours shows. The other members see this task in the presence of the board, while you have a stream with `presence=true`. The server forgets the tab after 60 s. Repeat the request every 20 s while the tab shows the task. Required role: `viewer`. */
  'PUT /sprints/{id}/presence': {
    params: {
      id: string
    }
    body: OpenTask
    response: undefined
    problems: CommonProblemCode | 'malformed-json' | 'sprint-not-found' | 'task-not-found' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** List the stories of a project. Required role: `viewer`. */
  'GET /projects/{id}/stories': {
    params: {
      id: string
    }
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
    }
    response: StoryPage
    eventId: true
    problems: CommonProblemCode | 'project-not-found'
  }
  /** Add a story to a project, and optionally to a sprint of the project. Required role: `member`. */
  'POST /projects/{id}/stories': {
    params: {
      id: string
    }
    body: {
      /** One line, without control characters and bidirectional controls. */
      title: string
      description?: string | undefined
      sprint_id?: string | null | undefined
    }
    idempotencyKey: true
    response: Story
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'project-not-found' | 'sprint-not-found' | 'sprint-of-another-project' | 'sprint-closed' | 'idempotency-key-in-use' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Read a story. Required role: `viewer`. */
  'GET /stories/{id}': {
    params: {
      id: string
    }
    response: Story
    eventId: true
    problems: CommonProblemCode | 'story-not-found'
  }
  /** Edit a story. Only the fields in the body change. A different sprint_id moves the story and its tasks. Required role: `member`. */
  'PATCH /stories/{id}': {
    params: {
      id: string
    }
    body: {
      /** One line, without control characters and bidirectional controls. */
      title?: string | undefined
      description?: string | undefined
      sprint_id?: string | null | undefined
    }
    ifMatch: true
    response: Story
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'story-not-found' | 'sprint-not-found' | 'sprint-of-another-project' | 'sprint-closed' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Delete a story with its tasks. Only members who can delete all these tasks can delete the story. Required role: `member`. */
  'DELETE /stories/{id}': {
    params: {
      id: string
    }
    ifMatch: true
    response: undefined
    eventId: true
    problems: CommonProblemCode | 'not-the-creator-or-owner' | 'role-insufficient' | 'story-not-found' | 'version-mismatch'
  }
  /** Set the status of a story. The status never changes automatically. Required role: `member`. */
  'PUT /stories/{id}/status': {
    params: {
      id: string
    }
    body: {
      status: 'draft' | 'ready' | 'committed' | 'in_progress' | 'done'
    }
    ifMatch: true
    response: Story
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'story-not-found' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Move a story to another place in the order of its project. Directly after or before another story of the project. `after_story_id: null` makes the story the first, and `before_story_id: null` the last story. Required role: `member`. */
  'PUT /stories/{id}/rank': {
    params: {
      id: string
    }
    body: StoryPlace
    ifMatch: true
    response: Story
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'story-not-found' | 'story-of-another-project' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** List the tasks of a story. Required role: `viewer`. */
  'GET /stories/{id}/tasks': {
    params: {
      id: string
    }
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
    }
    response: TaskPage
    eventId: true
    problems: CommonProblemCode | 'story-not-found'
  }
  /** Add a task to a story. The sprint of the story must not be closed. Required role: `member`. */
  'POST /stories/{id}/tasks': {
    params: {
      id: string
    }
    body: {
      /** One line, without control characters and bidirectional controls. */
      title: string
      description?: string | undefined
      acceptance_criteria_refs?: string[] | undefined
      estimated_hours?: number | null | undefined
      priority?: 'urgent' | 'high' | 'medium' | 'low' | null | undefined
      due_on?: string | null | undefined
      label_ids?: string[] | undefined
    }
    idempotencyKey: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'story-not-found' | 'label-not-found' | 'sprint-closed' | 'idempotency-key-in-use' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Read a task. Required role: `viewer`. */
  'GET /tasks/{id}': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    response: Task
    eventId: true
    problems: CommonProblemCode | 'task-not-found'
  }
  /** Edit a task. Only the fields in the body change. Every member can edit the task, not only its owner. A different story_id moves the task to another story of its project, and to the sprint of this story, which must not be closed. Required role: `member`. */
  'PATCH /tasks/{id}': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    body: {
      /** One line, without control characters and bidirectional controls. */
      title?: string | undefined
      description?: string | undefined
      acceptance_criteria_refs?: string[] | undefined
      estimated_hours?: number | null | undefined
      priority?: 'urgent' | 'high' | 'medium' | 'low' | null | undefined
      due_on?: string | null | undefined
      label_ids?: string[] | undefined
      story_id?: string | undefined
    }
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'task-not-found' | 'story-not-found' | 'label-not-found' | 'story-of-another-project' | 'sprint-closed' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Delete a task. Only the creator of the task, its owner and admins can delete it. Required role: `member`. */
  'DELETE /tasks/{id}': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    ifMatch: true
    response: undefined
    eventId: true
    problems: CommonProblemCode | 'not-the-creator-or-owner' | 'role-insufficient' | 'task-not-found' | 'version-mismatch'
  }
  /** Take a task, or give a task to another member. Without a body, you become the owner of an available task. With `owner_user_id`, this member becomes the owner: the present owner and admins can give a task. A task in progress stays in progress. Required role: `member`. */
  'PUT /tasks/{id}/ownership': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    optionalBody: {
      owner_user_id?: string | undefined
    }
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'not-the-owner' | 'role-insufficient' | 'task-not-found' | 'member-not-found' | 'task-already-owned' | 'invalid-status-move' | 'assignee-is-viewer' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Release a task. The task becomes available again. Required role: `member`. */
  'DELETE /tasks/{id}/ownership': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'not-the-owner' | 'role-insufficient' | 'task-not-found' | 'task-not-owned' | 'version-mismatch'
  }
  /** Set the status of a task: advance an owned task, cancel an open task, or reopen a closed task. Required role: `member`. */
  'PUT /tasks/{id}/status': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    body: {
      status: 'available' | 'owned' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
    }
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'not-the-owner' | 'role-insufficient' | 'task-not-found' | 'invalid-status-move' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Move a task to another place in the order of its project. Directly after or before another task of the project. `after_task_id: null` makes the task the first, and `before_task_id: null` the last task. The task stays in its story. Required role: `member`. */
  'PUT /tasks/{id}/rank': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    body: TaskPlace
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'task-not-found' | 'task-of-another-project' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Change several tasks in the same way. The request is all-or-nothing. The owner changes first, then the status, then the fields. The rights, rules and events are the same as for requests that change one task. A task that already has all the values is not changed. If the request has a story or labels, all tasks must belong to their project. The limits of changes per minute count one change for each task. Required role: `member`. */
  'POST /tasks/changes': {
    body: {
      /** The tasks. They can belong to several projects. An id that is repeated counts once. */
      task_ids: string[]
      /** The expected versions of tasks, by the id of the task. Tasks that are not listed are not checked. If a task has another version, nothing is changed, and the response is 412 `version-mismatch`. */
      if_versions?: {
        [field: string]: number
      } | undefined
      changes: TaskChanges
    }
    idempotencyKey: true
    response: ChangedTasks
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'story-not-found' | 'label-not-found' | 'member-not-found' | 'tasks-not-changed' | 'assignee-is-viewer' | 'idempotency-key-in-use' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Delete several tasks. The request is all-or-nothing. Only the creator of a task, its owner and admins can delete the task. The limits of changes per minute count one change for each task. Required role: `member`. */
  'POST /tasks/deletions': {
    body: {
      /** The tasks. They can belong to several projects. An id that is repeated counts once. */
      task_ids: string[]
      /** The expected versions of tasks, by the id of the task. Tasks that are not listed are not checked. If a task has another version, nothing is changed, and the response is 412 `version-mismatch`. */
      if_versions?: {
        [field: string]: number
      } | undefined
    }
    idempotencyKey: true
    response: undefined
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'tasks-not-changed' | 'idempotency-key-in-use' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Add an item to the checklist of a task. The response contains the whole task. Changes of several members at the same time all succeed without `If-Match`. Required role: `member`. */
  'POST /tasks/{id}/checklist': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    body: {
      text: string
      /** The number of items before the item. A number that is too large means the end. Default: the end. */
      place?: number | undefined
    }
    ifMatch: true
    idempotencyKey: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'task-not-found' | 'checklist-full' | 'idempotency-key-in-use' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Edit, complete or move an item of the checklist. Only the fields in the body change. The response contains the whole task. Changes of several members at the same time all succeed without `If-Match`. Required role: `member`. */
  'PATCH /tasks/{id}/checklist/{item_id}': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
      item_id: string
    }
    body: {
      text?: string | undefined
      is_done?: boolean | undefined
      /** The number of items before the item. A number that is too large means the end. */
      place?: number | undefined
    }
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'task-not-found' | 'checklist-item-not-found' | 'version-mismatch' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Remove an item from the checklist. The response contains the whole task. Changes of several members at the same time all succeed without `If-Match`. Required role: `member`. */
  'DELETE /tasks/{id}/checklist/{item_id}': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
      item_id: string
    }
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'role-insufficient' | 'task-not-found' | 'checklist-item-not-found' | 'version-mismatch'
  }
  /** Record that another task of the project blocks the task. The blocker must be closed before the task. The task can still be taken and closed. When it is blocked by the other task already, nothing changes. Required role: `member`. */
  'PUT /tasks/{id}/blockers/{blocker_id}': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
      /** The id of the task, or its key, for example `WEB-142`. */
      blocker_id: string
    }
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'role-insufficient' | 'task-not-found' | 'task-of-another-project' | 'blocker-cycle' | 'blockers-full' | 'version-mismatch'
  }
  /** Remove a blocker of the task. Required role: `member`. */
  'DELETE /tasks/{id}/blockers/{blocker_id}': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
      /** The id of the task, or its key, for example `WEB-142`. */
      blocker_id: string
    }
    ifMatch: true
    response: Task
    eventId: true
    problems: CommonProblemCode | 'role-insufficient' | 'task-not-found' | 'blocker-not-found' | 'version-mismatch'
  }
  /** List the changes of a task, newest first. Contains who changed which fields, comments and questions, but not moves within the order. The newest 1,000 changes are kept, also when their events are pruned. Not included: changes before the upgrade to the first version with a history, and changes by an import. Required role: `viewer`. */
  'GET /tasks/{id}/history': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: number | undefined
    }
    response: HistoryPage
    eventId: true
    problems: CommonProblemCode | 'task-not-found'
  }
  /** List the changes of a sprint, newest first. Contains who changed the sprint, and which stories and tasks were added, moved or deleted. A task that moves with its story is not listed. The newest 1,000 changes are kept, also when their events are pruned. Not included: changes before the upgrade to the first version with a history, and changes by an import. Required role: `viewer`. */
  'GET /sprints/{id}/history': {
    params: {
      id: string
    }
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: number | undefined
    }
    response: HistoryPage
    eventId: true
    problems: CommonProblemCode | 'sprint-not-found'
  }
  /** Find tasks, stories and comments by words in their texts, and tasks by their keys. Searches the titles and descriptions of tasks and stories, and comments. The case of letters does not matter. Words are separated by spaces and punctuation. All texts of a response are plain text. A search that takes longer than two seconds fails with `store-busy`. Required role: `viewer`. */
  'GET /search': {
    query: {
      /** Words, or the key of a task. A text must contain all words. The last word also finds longer words. */
      q: string
      /** Only this project. Default: all projects. */
      project_id?: string | undefined
      /** The maximum number of results on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
    }
    response: SearchPage
    eventId: true
    problems: CommonProblemCode | 'query-without-words' | 'query-too-long' | 'project-not-found'
  }
  /** List the comments on a task. Required role: `viewer`. */
  'GET /tasks/{id}/comments': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
    }
    response: CommentPage
    eventId: true
    problems: CommonProblemCode | 'task-not-found'
  }
  /** Comment on a task. Required role: `member`. */
  'POST /tasks/{id}/comments': {
    params: {
      /** The id of the task, or its key, for example `WEB-142`. */
      id: string
    }
    body: {
      body: string
      mentions?: string[] | undefined
    }
    idempotencyKey: true
    response: Comment
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'task-not-found' | 'member-not-found' | 'idempotency-key-in-use' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Read a comment. Required role: `viewer`. */
  'GET /comments/{id}': {
    params: {
      id: string
    }
    response: Comment
    eventId: true
    problems: CommonProblemCode | 'comment-not-found'
  }
  /** Edit a comment. Only the fields in the body change. Only the author can edit the comment. Members whom the comment did not mention before are notified. Required role: `member`. */
  'PATCH /comments/{id}': {
    params: {
      id: string
    }
    body: {
      body?: string | undefined
      mentions?: string[] | undefined
    }
    response: Comment
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'not-the-author' | 'role-insufficient' | 'quota-exceeded' | 'comment-not-found' | 'member-not-found' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Delete a comment. Only the author and admins can delete the comment. Required role: `member`. */
  'DELETE /comments/{id}': {
    params: {
      id: string
    }
    response: undefined
    eventId: true
    problems: CommonProblemCode | 'not-the-author' | 'role-insufficient' | 'comment-not-found'
  }
  /** List the escalations of a project. Required role: `viewer`. */
  'GET /projects/{id}/escalations': {
    params: {
      id: string
    }
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
      /** Only escalations with this status. Default: all. */
      status?: 'open' | 'responded' | undefined
      /** Only escalations assigned to this member. Default: all. */
      assignee?: string | undefined
      /** Only escalations about this task. Default: all. */
      task?: string | undefined
    }
    response: EscalationPage
    eventId: true
    problems: CommonProblemCode | 'project-not-found'
  }
  /** Raise an escalation: a question that blocks work on the project or on one of its stories or tasks. With `kind: "release"`, you ask the owner of the task for the task. The assignee is then the owner of the task. Required role: `member`. */
  'POST /projects/{id}/escalations': {
    params: {
      id: string
    }
    body: {
      kind?: 'question' | 'release' | undefined
      question: string
      story_id?: string | null | undefined
      task_id?: string | null | undefined
      assignee_user_id?: string | null | undefined
    }
    idempotencyKey: true
    response: Escalation
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'project-not-found' | 'story-not-found' | 'task-not-found' | 'member-not-found' | 'assignee-is-viewer' | 'task-not-owned' | 'task-already-owned' | 'idempotency-key-in-use' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Read an escalation. Required role: `viewer`. */
  'GET /escalations/{id}': {
    params: {
      id: string
    }
    response: Escalation
    eventId: true
    problems: CommonProblemCode | 'escalation-not-found'
  }
  /** Respond to an escalation. Each escalation accepts one response. If the escalation has an assignee, only the assignee and admins can respond. With `approved: true`, the member who asked for a release becomes the owner of the task. Required role: `member`. */
  'POST /escalations/{id}/response': {
    params: {
      id: string
    }
    body: {
      response: string
    } | {
      approved: boolean
      response?: string | undefined
    }
    idempotencyKey: true
    response: Escalation
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'not-the-assignee' | 'role-insufficient' | 'quota-exceeded' | 'escalation-not-found' | 'member-not-found' | 'escalation-already-responded' | 'assignee-is-viewer' | 'idempotency-key-in-use' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** List your notifications, newest first. Required role: `viewer`. */
  'GET /notifications': {
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
      /** With `true`, only unread notifications are returned. */
      unread?: boolean | undefined
    }
    response: NotificationPage
    eventId: true
    problems: CommonProblemCode
  }
  /** Mark one of your notifications as read. Required role: `viewer`. */
  'PUT /notifications/{id}/read': {
    params: {
      id: string
    }
    response: Notification
    eventId: true
    problems: CommonProblemCode | 'notification-not-found'
  }
  /** Mark all your notifications up to a cursor as read. Required role: `viewer`. */
  'PUT /notifications/read': {
    body: {
      /** A cursor. Use the `Event-Id` header of `GET /notifications`, or the id of an event in a stream. */
      up_to: string
    }
    response: ReadCount
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'unknown-cursor' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** List the activities of agents, pull requests and workflows, newest first. Required role: `viewer`. */
  'GET /projects/{id}/activity': {
    params: {
      id: string
    }
    query: {
      /** The maximum number of items on the page. */
      limit?: number | undefined
      /** The value of `next` on the previous page. Without this parameter, the first page is returned. */
      after?: string | undefined
    }
    response: ActivityPage
    eventId: true
    problems: CommonProblemCode | 'project-not-found'
  }
  /** Record one activity of an agent, pull request or workflow, or a batch of up to 500 activities. A batch is all-or-nothing. Required role: `member`. */
  'POST /projects/{id}/activity': {
    params: {
      id: string
    }
    body: {
      type: 'agent.started'
      /** One line, without control characters and bidirectional controls. */
      agent: string
      /** One line, without control characters and bidirectional controls. */
      run_id: string
    } | {
      type: 'agent.completed'
      /** One line, without control characters and bidirectional controls. */
      agent: string
      /** One line, without control characters and bidirectional controls. */
      run_id: string
      outcome: 'succeeded' | 'failed' | 'cancelled'
    } | {
      type: 'pr.created'
      pr: {
        number: number
        /** One line, without control characters and bidirectional controls. */
        title: string
        /** One line, without control characters and bidirectional controls. */
        url: string
        /** One line, without control characters and bidirectional controls. */
        author: string
      }
    } | {
      type: 'pr.merged'
      pr: {
        number: number
        /** One line, without control characters and bidirectional controls. */
        title: string
        /** One line, without control characters and bidirectional controls. */
        url: string
        /** One line, without control characters and bidirectional controls. */
        author: string
      }
    } | {
      type: 'workflow.error'
      /** One line, without control characters and bidirectional controls. */
      workflow: string
      message: string
    } | NewActivity[]
    idempotencyKey: true
    response: RecordedActivity
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'quota-exceeded' | 'project-not-found' | 'run-already-started' | 'run-not-started' | 'run-already-completed' | 'idempotency-key-in-use' | 'body-too-large' | 'unsupported-media-type' | 'idempotency-key-reused' | 'overloaded'
  }
  /** Set the secret with which GitHub signs webhooks for the project. Required role: `admin`. */
  'PUT /projects/{id}/github-secret': {
    params: {
      id: string
    }
    body: {
      secret: string
    }
    response: undefined
    eventId: true
    problems: CommonProblemCode | 'malformed-json' | 'role-insufficient' | 'project-not-found' | 'body-too-large' | 'unsupported-media-type' | 'secrets-key-missing' | 'overloaded'
  }
  /** Export a project as JSON, or its tasks as CSV. The JSON contains everything of one moment: the project, and its members, labels, sprints, stories, tasks and comments. `POST /projects/{id}/imports` reads both formats. In CSV, a cell that begins with `=`, `+`, `-`, `@`, one of their full-width forms, tab, CR or LF gets an apostrophe, so that no program that separates the cells at commas runs it as a formula. The body is sent while it is read. If it is incomplete, the connection is closed before the end of the body. Required role: `viewer`. */
  'GET /projects/{id}/export': {
    params: {
      id: string
    }
    query: {
      format?: 'json' | 'csv' | undefined
    }
    response: ProjectExport
    eventId: true
    problems: CommonProblemCode | 'project-not-found' | 'export-in-progress' | 'overloaded'
  }
  /** Import a file of Trello, Jira, GitHub or Boardcast, or CSV, into a project. The body is the file: the JSON export of a Trello board, the CSV export of Jira, the answer of GitHub to `GET /repos/{owner}/{repo}/issues?state=all`, an export of Boardcast, or CSV with the columns `title`, `id`, `description`, `status`, `priority`, `labels`, `due_on`, `owner`, `estimate_hours`, `story`, `sprint`, `checklist`, `acceptance_criteria` and `completed_at`. A row with the `id` of an earlier import updates its task; a row with the `id` of a task of the project changes nothing. With `preview=true`, nothing changes, and the response reports what would be created and updated. When a file is imported again, only what the file has changed is updated, and never what members have changed. If an import fails after it has changed something, the problem has the field `created`, the counts of what was created. The import appends no event for each task, but some events `board.imported`. Required role: `member`. */
  'POST /projects/{id}/imports': {
    params: {
      id: string
    }
    query: {
      /** The server then reads the file only in this format. Default: the format is detected. */
      format?: 'trello' | 'jira' | 'github' | 'csv' | 'boardcast' | undefined
      preview?: boolean | undefined
      /** The sprint of the new stories. Default: the sprint in the file, or none. A closed sprint is not permitted. */
      sprint_id?: string | undefined
    }
    file: 'application/json' | 'text/csv'
    response: ImportReport
    eventId: true
    problems: CommonProblemCode | 'invalid-file' | 'role-insufficient' | 'quota-exceeded' | 'project-not-found' | 'sprint-not-found' | 'sprint-of-another-project' | 'sprint-closed' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Request a ticket. A client that cannot set headers can open a stream with this ticket. Required role: `viewer`. */
  'POST /events/tickets': {
    body: NewTicket
    response: Ticket
    problems: CommonProblemCode | 'malformed-json' | 'quota-exceeded' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Report that your board had another digest than the server’s board. Compare the digest of your board with each `stream.checkpoint`. When the digests differ, fetch the board again and send this report. The server logs and counts the reports. Required role: `viewer`. */
  'POST /divergences': {
    body: Divergence
    response: undefined
    problems: CommonProblemCode | 'malformed-json' | 'sprint-not-found' | 'body-too-large' | 'unsupported-media-type' | 'overloaded'
  }
  /** Sign in to the page with a token or as a member of the demo. The response sets the session cookie. The session ends together with the token. When the request has the cookie of a session of the same member, that session is extended. */
  'POST /session': {
    body: NewSession
    response: Me
    problems: 'invalid-request' | 'malformed-json' | 'invalid-token' | 'member-removed' | 'no-organization' | 'host-not-allowed' | 'cross-site-request' | 'member-not-found' | 'body-too-large' | 'unsupported-media-type' | 'rate-limited' | 'internal-error' | 'overloaded' | 'store-unavailable' | 'store-busy' | 'identity-unavailable'
  }
  /** End the session of the page, and the streams of this session. The response deletes the session cookie. */
  'DELETE /session': {
    response: undefined
    problems: 'cross-site-request' | 'host-not-allowed' | 'internal-error' | 'store-unavailable' | 'store-busy'
  }
  /** List the members of the demo. You can sign in as any of them. A server that is not a demo responds with 404. */
  'GET /demo/members': {
    response: DemoMembers
    problems: 'host-not-allowed' | 'not-found' | 'internal-error'
  }
}
