/**
 * `Problem` is the only error class whose details are sent to clients. A problem has a stable code and may
 * have additional data. `http/problems.ts` maps each code to an HTTP status.
 */

/** The codes are part of the contract. */
export type ProblemCode =
  | 'invalid-request'
  | 'query-without-words'
  | 'query-too-long'
  | 'malformed-json'
  | 'body-too-large'
  | 'unsupported-media-type'
  | 'invalid-file'
  | 'not-acceptable'
  | 'unauthenticated'
  | 'invalid-token'
  | 'invalid-api-key'
  | 'invalid-session'
  | 'invalid-ticket'
  | 'invalid-signature'
  | 'no-organization'
  | 'member-removed'
  | 'role-insufficient'
  | 'host-not-allowed'
  | 'cross-site-request'
  | 'not-found'
  | 'method-not-allowed'
  | 'project-not-found'
  | 'sprint-not-found'
  | 'story-not-found'
  | 'task-not-found'
  | 'label-not-found'
  | 'checklist-item-not-found'
  | 'comment-not-found'
  | 'escalation-not-found'
  | 'notification-not-found'
  | 'member-not-found'
  | 'api-key-not-found'
  | 'project-key-in-use'
  | 'label-name-in-use'
  | 'checklist-full'
  | 'labels-full'
  | 'tasks-not-changed'
  | 'blocker-not-found'
  | 'blocker-cycle'
  | 'blockers-full'
  | 'backlog-too-large'
  | 'sprint-of-another-project'
  | 'sprint-closed'
  | 'story-of-another-project'
  | 'task-of-another-project'
  | 'task-already-owned'
  | 'task-not-owned'
  | 'not-the-owner'
  | 'not-the-creator-or-owner'
  | 'not-the-author'
  | 'not-the-assignee'
  | 'assignee-is-viewer'
  | 'last-admin'
  | 'quota-exceeded'
  | 'invalid-status-move'
  | 'escalation-already-responded'
  | 'run-already-started'
  | 'run-not-started'
  | 'run-already-completed'
  | 'unknown-cursor'
  | 'version-mismatch'
  | 'idempotency-key-in-use'
  | 'idempotency-key-reused'
  | 'secret-already-shown'
  | 'secrets-key-missing'
  | 'rate-limited'
  | 'export-in-progress'
  | 'too-many-streams'
  | 'overloaded'
  | 'store-unavailable'
  | 'store-busy'
  | 'identity-unavailable'
  | 'draining'
  | 'internal-error'

export class Problem extends Error {
  readonly code: ProblemCode
  /**
   * Additional fields of the problem document. Clients receive these fields, so the fields must not contain secrets.
   */
  readonly data: Readonly<Record<string, unknown>>

  /** @param detail a sentence for people. The sentence explains what went wrong and what people can do. */
  constructor(code: ProblemCode, detail: string, data: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(detail, options)
    this.name = 'Problem'
    this.code = code
    this.data = data
  }
}
