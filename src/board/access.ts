/** Changes of access: who or what loses the right to act, and why. */

/**
 * The reason why the server ends a stream before its credential ends:
 * - `api-key-revoked`: the API key was revoked.
 * - `member-removed`: the member was removed from the organization.
 * - `signed-out`: the session has ended.
 * - `ticket-superseded`: the ticket has opened another stream.
 */
export const revocationReasons = [
  'api-key-revoked',
  'member-removed',
  'signed-out',
  'ticket-superseded',
] as const
export type RevocationReason = (typeof revocationReasons)[number]

/**
 * A control record: a record of the event log that only the server's processes read. No selection matches this record,
 * so no stream delivers this record. Every process discards all cached data about the `ids` of the record. If the
 * record has a reason, every process also ends the streams that depend on one of these ids.
 */
export interface AccessChange {
  type: 'access.changed'
  /** RFC 3339 in UTC with milliseconds. */
  timestamp: string
  actor_user_id: string | null
  /** The ids of the members, API keys, sessions or uses of tickets whose access has changed. */
  ids: readonly string[]
  /** Null when the access continues with other rights, for example when only the role has changed. */
  reason: RevocationReason | null
}

/** Returns the control record of a change of access. The member `actor_user_id` makes the change. */
export function accessChange(
  by: Pick<AccessChange, 'timestamp' | 'actor_user_id'>,
  ids: readonly string[],
  reason: AccessChange['reason'],
): AccessChange {
  return {type: 'access.changed', ...by, ids, reason}
}

/**
 * The ids that the access of a caller depends on. When the access of the member, the API key or the session is withdrawn,
 * or when the ticket opens another stream, the caller's streams end.
 */
export interface Grant {
  readonly memberId: string
  readonly apiKeyId?: string | undefined
  readonly sessionId?: string | undefined
  readonly ticket?: {readonly id: string; readonly useId: string} | undefined
}

/** Returns all ids of the grant that can occur in the `ids` of an `AccessChange`. */
export function idsOf({memberId, apiKeyId, sessionId, ticket}: Grant): string[] {
  return [memberId, apiKeyId, sessionId, ticket?.useId].filter(id => id !== undefined)
}
