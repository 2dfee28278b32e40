/** Responds to failed requests with problems. A problem is an RFC 9457 document with a stable `code`. */
import {STATUS_CODES} from 'node:http'
import type {Context, Middleware} from 'koa'
import {Problem, type ProblemCode} from '../board/problem.ts'
import {isBusy, isOutage} from '../store/errors.ts'
import {type Outcome, outcomeOf} from './request-log.ts'

/**
 * The HTTP status and the meaning of each code. `meaning` also describes the additional fields of the problem.
 * openapi.yaml contains this table.
 */
export const problemTable: Readonly<Record<ProblemCode, {status: number; meaning: string}>> = {
  'invalid-request': {
    status: 400,
    meaning: 'The query, the body or a header is invalid. `errors` lists the faults when they are known.',
  },
  'query-without-words': {status: 400, meaning: 'The query of a search has no letter and no digit.'},
  'query-too-long': {status: 400, meaning: 'The query of a search has too many words. Fields: `limit`.'},
  'malformed-json': {status: 400, meaning: 'The body is not valid JSON in UTF-8.'},
  'invalid-file': {status: 400, meaning: 'The file cannot be read, or its format is unknown.'},
  unauthenticated: {status: 401, meaning: 'The request has no credentials.'},
  'invalid-token': {
    status: 401,
    meaning: 'The token is expired, forged or meant for another server. Fields: `reason`.',
  },
  'invalid-api-key': {status: 401, meaning: 'The API key is unknown, expired or revoked.'},
  'invalid-session': {
    status: 401,
    meaning: 'The session of the page is unknown, has expired, or has ended. Fields: `reason`.',
  },
  'invalid-ticket': {
    status: 401,
    meaning:
      'The ticket does not open a stream. Fields: `reason`: `unknown`, `first-use-too-late`, `expired`, `api-key-revoked`, `signed-out` or, only for polls, `superseded`. Request a new ticket.',
  },
  'invalid-signature': {
    status: 401,
    meaning: 'The signature is missing, or does not match the body and the project’s secret.',
  },
  'no-organization': {status: 403, meaning: 'The token does not name an organization.'},
  'member-removed': {status: 403, meaning: 'An admin has removed you from the organization.'},
  'role-insufficient': {
    status: 403,
    meaning: 'Your role does not permit this request. Fields: `role`, `needed`.',
  },
  'not-the-owner': {
    status: 403,
    meaning: 'Only the owner of the task or an admin can make this change. Fields: `owner_user_id`.',
  },
  'not-the-creator-or-owner': {
    status: 403,
    meaning:
      'Only the creator of the task, its owner or an admin can delete the task. Fields: `task_id`, `created_by_user_id`, `owner_user_id`.',
  },
  'not-the-author': {
    status: 403,
    meaning:
      'Only the author can edit the comment. Only the author or an admin can delete it. Fields: `author_user_id`.',
  },
  'not-the-assignee': {
    status: 403,
    meaning:
      'Only the assignee of the escalation or an admin can respond to the escalation. Fields: `assignee_user_id`.',
  },
  'assignee-is-viewer': {
    status: 409,
    meaning:
      'The member is a viewer. Viewers cannot respond to escalations and cannot own tasks. Fields: `user_id`.',
  },
  // The status is 403 and not 409, because a change of the resource cannot make the request succeed. Another reason is
  // that a stream request can be refused with status 403, but never with status 409.
  // [spec] RFC 9110, section 15.5.4: a request can be forbidden for reasons unrelated to the credentials.
  'quota-exceeded': {
    status: 403,
    meaning:
      'The request exceeds a limit of the server. Fields: `setting` (the name of the limit), `limit`, `used` (before the request, or in the request if the limit concerns one request).',
  },
  'host-not-allowed': {
    status: 403,
    meaning: 'The demo accepts only requests to loopback host names, and no requests through a proxy.',
  },
  'cross-site-request': {status: 403, meaning: 'A page of another site sent the request.'},
  'not-found': {status: 404, meaning: 'No resource exists at this path.'},
  'project-not-found': {status: 404, meaning: 'The project does not exist in your organization.'},
  'sprint-not-found': {status: 404, meaning: 'The sprint does not exist in your organization.'},
  'story-not-found': {status: 404, meaning: 'The story does not exist in your organization.'},
  'task-not-found': {status: 404, meaning: 'The task does not exist in your organization.'},
  'label-not-found': {
    status: 404,
    meaning:
      'The label does not exist in your organization, or not in the project of the task. Fields: `label_id`, when the request changes the labels of a task.',
  },
  'checklist-item-not-found': {status: 404, meaning: 'The checklist of the task has no such item.'},
  'blocker-not-found': {status: 404, meaning: 'The task is not blocked by the other task.'},
  'comment-not-found': {status: 404, meaning: 'The comment does not exist in your organization.'},
  'escalation-not-found': {status: 404, meaning: 'The escalation does not exist in your organization.'},
  'notification-not-found': {status: 404, meaning: 'You have no notification with this id.'},
  'member-not-found': {
    status: 404,
    meaning: 'The member does not exist in your organization. Fields: `user_id`.',
  },
  'api-key-not-found': {status: 404, meaning: 'The API key does not exist in your organization.'},
  'method-not-allowed': {
    status: 405,
    meaning: 'The path does not support this method. The `Allow` header lists the supported methods.',
  },
  'not-acceptable': {
    status: 406,
    meaning: 'The response is not available in a media type that `Accept` allows.',
  },
  'task-already-owned': {
    status: 409,
    meaning: 'Another member owns the task. Fields: `owner_user_id`, `owner_name`.',
  },
  'task-not-owned': {
    status: 409,
    meaning: 'The task cannot be released in its current status. Fields: `task_status`.',
  },
  'last-admin': {
    status: 409,
    meaning:
      'The member is the last admin of the organization, so the member cannot be removed, and must keep the role.',
  },
  'invalid-status-move': {
    status: 409,
    meaning: 'The status cannot change to the requested status. Fields: `from`, `to`, `allowed`.',
  },
  'escalation-already-responded': {
    status: 409,
    meaning: 'The escalation already has a response. Fields: `responded_by_user_id`.',
  },
  'run-already-started': {
    status: 409,
    meaning:
      'The agent run has already started. Fields: `index` (the position in the request), `agent`, `run_id`.',
  },
  'run-not-started': {
    status: 409,
    meaning:
      'The agent run has not started. Fields: `index` (the position in the request), `agent`, `run_id`.',
  },
  'run-already-completed': {
    status: 409,
    meaning:
      'The agent run has already completed. Fields: `index` (the position in the request), `agent`, `run_id`.',
  },
  'unknown-cursor': {
    status: 409,
    meaning:
      'The cursor belongs to another epoch, or is beyond the head of the event log. Fields: `reason` (`epoch` or `ahead`).',
  },
  'project-key-in-use': {
    status: 409,
    meaning: 'Another project of the organization has the key. Fields: `project_id` (the other project).',
  },
  'blocker-cycle': {
    status: 409,
    meaning:
      'The tasks would block each other. Fields: `path` (the keys of the tasks; each task is blocked by the next).',
  },
  'blockers-full': {
    status: 409,
    meaning:
      'The task has the maximum number of blockers, or the blocker blocks the maximum number of tasks. Fields: `limit`.',
  },
  'checklist-full': {status: 409, meaning: 'The checklist has the maximum number of items. Fields: `limit`.'},
  'labels-full': {status: 409, meaning: 'The task has the maximum number of labels. Fields: `limit`.'},
  'tasks-not-changed': {
    status: 409,
    meaning:
      'One or more of the tasks cannot be changed, so nothing was changed. Fields: `failures`, a list with one problem for each of these tasks: `task_id`, `code`, `detail`, and the fields of the code. The codes are the same as for a change of one task.',
  },
  'label-name-in-use': {
    status: 409,
    meaning:
      'Another label of the project has this name. The case of letters does not matter. Fields: `label_id`.',
  },
  'backlog-too-large': {
    status: 409,
    meaning:
      'The tasks of the backlog are too large for one response. The lists of the stories and of their tasks have pages.',
  },
  'sprint-of-another-project': {
    status: 409,
    meaning:
      'The sprint and the story belong to different projects. Fields: `project_id` (the project of the sprint).',
  },
  'sprint-closed': {
    status: 409,
    meaning:
      'Stories cannot move to a sprint that is closed or is being closed, and a closed sprint gets no new tasks. Fields: `sprint_id`.',
  },
  'story-of-another-project': {
    status: 409,
    meaning:
      'The story and the task or story that moves belong to different projects. Fields: `project_id` (the project of the story).',
  },
  'task-of-another-project': {
    status: 409,
    meaning:
      'The task and its new neighbour, or the task and its blocker, belong to different projects. Fields: `project_id` (the project of the other task).',
  },
  'idempotency-key-in-use': {
    status: 409,
    meaning: 'Another request with this `Idempotency-Key` is still in progress. Retry later.',
  },
  'secret-already-shown': {
    status: 409,
    meaning:
      'An earlier request with this `Idempotency-Key` has succeeded. Its response contained a secret, and the server does not store secrets. Fields: `id` (the created resource).',
  },
  'version-mismatch': {
    status: 412,
    meaning:
      '`If-Match` or `if_versions` does not contain the current version of the resource. Fields: `version` (for `If-Match`, the current version), or: `tasks` (for `if_versions`, the `task_id` and current `version` of each task that does not match).',
  },
  'body-too-large': {
    status: 413,
    meaning:
      'The body exceeds 1 MiB, 32 MiB for an import, 2 MiB for a GitHub webhook, or 8 KiB for a sign-in.',
  },
  'unsupported-media-type': {
    status: 415,
    meaning:
      'The body does not have a media type that the operation accepts, or its `Content-Encoding` is not supported.',
  },
  'idempotency-key-reused': {
    status: 422,
    meaning: 'The `Idempotency-Key` was already used on this route for a different request.',
  },
  'rate-limited': {
    status: 429,
    meaning:
      'A limit of requests per minute is exceeded. Nothing was changed. Fields: `setting` (the name of the limit), `limit`, `retry_after_seconds`. `Retry-After` is the same number of seconds.',
  },
  'export-in-progress': {
    status: 429,
    meaning:
      'Another export of the organization is being sent. Fields: `retry_after_seconds`. `Retry-After` is the same number of seconds.',
  },
  'internal-error': {status: 500, meaning: 'An unexpected error occurred on the server.'},
  'secrets-key-missing': {
    status: 501,
    meaning: 'Webhook secrets are disabled, because the server has no SECRETS_KEY.',
  },
  'too-many-streams': {
    status: 503,
    meaning:
      'The maximum number of open streams is reached. Only for polls. `Retry-After` is the number of seconds to wait before a retry.',
  },
  overloaded: {
    status: 503,
    meaning:
      'The server cannot accept the request at the moment: the bodies that it is receiving need too much memory, it is importing many other files, another import of the organization is running, or the client reads an export too slowly. `Retry-After` is the number of seconds to wait before a retry. When other imports are the cause, `retry_after_seconds` has the same value.',
  },
  'store-unavailable': {
    status: 503,
    meaning: 'The database is unavailable. `Retry-After` is the number of seconds to wait before a retry.',
  },
  'store-busy': {
    status: 503,
    meaning:
      'No database connection is free, or the operation exceeded a time limit of the database. `Retry-After` is the number of seconds to wait before a retry.',
  },
  'identity-unavailable': {
    status: 503,
    meaning:
      'The keys of the token’s issuer could not be fetched. `Retry-After` is the number of seconds to wait before a retry.',
  },
  draining: {
    status: 503,
    meaning: 'This process is stopping. `Retry-After` is the number of seconds to wait before a retry.',
  },
}

// Within about 2 seconds, a database can restart, or a load balancer can choose another process.
const retryAfterSeconds = 2

/**
 * Responds with a problem when one of the following middlewares throws an error, or when no route responds. The request
 * log contains the code of the problem. If the status is 500 or more, the log also contains the error.
 */
export function respondWithProblems(): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      requireResponse(ctx)
    } catch (error) {
      if (ctx.headerSent) return abortResponse(ctx, error)
      const problem = toProblem(error)
      const outcome = recordProblem(ctx, problem)
      if (problemTable[problem.code].status >= 500) outcome.failure = problem
      writeProblem(ctx, problem)
    }
  }
}

/**
 * Throws a Problem when a response with status 404 or 405 has no body. Koa sets status 404 before the first middleware
 * runs. If the path exists but does not support the method, the router sets status 405 and the `Allow` header.
 */
function requireResponse(ctx: Context): void {
  if (ctx.respond === false || ctx.body) return
  if (ctx.status === 404) throw new Problem('not-found', 'No resource exists at this path.')
  if (ctx.status === 405) {
    const detail = `This path does not support ${ctx.method}. The Allow header lists the supported methods.`
    throw new Problem('method-not-allowed', detail)
  }
}

/** Returns the problem to report for the error. An unexpected error becomes an internal error without details. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (isOutage(error)) {
    return new Problem('store-unavailable', 'The database is unavailable; try again.', {}, {cause: error})
  }
  if (isBusy(error)) {
    const detail = 'The database did not complete this operation in time. Try again.'
    return new Problem('store-busy', detail, {}, {cause: error})
  }
  const detail = 'An unexpected error occurred; the server’s log has the details.'
  return new Problem('internal-error', detail, {}, {cause: error})
}

/** Adds the problem to the log line and to the metrics of the request. */
export function recordProblem(ctx: Context, {code, data}: Problem): Outcome {
  const outcome = outcomeOf(ctx)
  outcome.code = code
  if (code === 'rate-limited') outcome.limit = String(data.setting)
  return outcome
}

/** Destroys the socket, so that the client notices that the body is incomplete. */
function abortResponse(ctx: Context, error: unknown): void {
  ctx.respond = false
  ctx.res.destroy()
  outcomeOf(ctx).failure = error
}

function writeProblem(ctx: Context, problem: Problem): void {
  const {status, headers, body} = problemResponse(problem)
  ctx.status = status
  ctx.set(headers)
  ctx.body = body
}

/** Returns the response to a request that failed with the problem. */
export function problemResponse({code, message, data}: Problem) {
  const {status} = problemTable[code]
  // [spec] RFC 9457, section 4.2.1: when the type is "about:blank", the title is the reason phrase of the status.
  const standard = {type: 'about:blank', title: STATUS_CODES[status], status, detail: message, code}
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    ...(status === 401 && {'WWW-Authenticate': 'Bearer'}),
    ...(status === 503 && {'Retry-After': String(retryAfterSeconds)}),
    ...('retry_after_seconds' in data && {'Retry-After': String(data.retry_after_seconds)}),
  }
  const body = {...standard, ...data, ...standard} // the standard fields are first, and `data` cannot replace them
  return {status, headers, body}
}
