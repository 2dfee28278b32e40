/**
 * Responds to polls. Koa's middleware ends when the poll starts to wait, so that a waiting poll needs little memory.
 * The response is therefore written without Koa.
 */
import {randomUUID} from 'node:crypto'
import type {OutgoingHttpHeaders, ServerResponse} from 'node:http'
import type {Context} from 'koa'
import type {Grant} from '../board/access.ts'
import {Problem} from '../board/problem.ts'
import {invalidApiKey} from '../identity/api-keys.ts'
import {memberRemoved} from '../identity/members.ts'
import {invalidSession} from '../identity/sessions.ts'
import {invalidTicket} from '../identity/tickets.ts'
import {type Piece, varyOnAccept} from '../live/connection.ts'
import type {StreamRequest} from '../live/feed.ts'
import type {Live} from '../live/live.ts'
import type {PollEnd, PollResult} from '../live/poll.ts'
import type {EngineReason} from '../live/subscriber.ts'
import type {AuthenticatedState} from './authenticate.ts'
import {problemResponse} from './problems.ts'
import {sentRequestId} from './request-id.ts'
import {type Outcome, outcomeOf} from './request-log.ts'

/** Starts a poll that waits up to `waitSeconds`. */
export function openPoll(live: Live, ctx: Context, request: StreamRequest, waitSeconds: number): void {
  const {res} = ctx
  const outcome = outcomeOf(ctx)
  const poll: Outcome['poll'] & object = {status: ctx.status}
  outcome.poll = poll
  const sentId = sentRequestId(ctx.req)
  const {grant, ticket} = ctx.state as AuthenticatedState
  const hasTicket = ticket !== undefined
  const respond = (result: PollResult) => {
    const problem = 'end' in result ? problemOf(result.end, grant, hasTicket) : undefined
    const {status, headers, pieces} = problem ? responseTo(problem) : successOf(result)
    if (problem) outcome.code = problem.code
    poll.status = status
    poll.requestId = sentId ?? randomUUID()
    const ending = live.isDraining && {connection: 'close'} // the client should connect to another process
    writeResponse(res, {status, headers: {'x-request-id': poll.requestId, ...headers, ...ending}, pieces})
  }
  if (ctx.method === 'HEAD') respond({pieces: []})
  else live.poll({...request, waitMs: waitSeconds * 1_000, respond}, res)
}

interface Response {
  status: number
  headers: OutgoingHttpHeaders
  pieces: readonly Piece[]
}

function successOf(result: PollResult): Response {
  const pieces = 'pieces' in result ? result.pieces : []
  return {status: 200, headers: {'content-type': 'application/json; charset=utf-8'}, pieces}
}

function responseTo(problem: Problem): Response {
  const {body, ...head} = problemResponse(problem)
  return {...head, pieces: [Buffer.from(JSON.stringify(body))]}
}

function writeResponse(res: ServerResponse, {status, headers, pieces}: Response): void {
  // A string piece has only one-byte characters, so its length is its number of bytes.
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  res.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    vary: varyOnAccept(res),
    ...headers,
    ...(pieces.length > 0 && {'content-length': length}),
  })
  for (const piece of pieces) {
    if (typeof piece === 'string') res.write(piece, 'latin1')
    else res.write(piece)
  }
  res.end()
}

/** Returns the problem that the next request of the client would probably get. */
function problemOf(end: PollEnd, grant: Grant, hasTicket: boolean): Problem {
  switch (end) {
    case 'store':
      return new Problem('store-unavailable', 'The event log could not be read. Try again.')
    case 'limit':
      return new Problem('too-many-streams', 'Too many streams and polls are open. Try again.')
    case 'draining':
      return new Problem('draining', 'This process is stopping. Send the request again.')
    default:
      return endedCredential(end, grant, hasTicket)
  }
}

type CredentialEnd = Exclude<PollEnd, EngineReason>

/** Returns the problem of a request whose credential has ended. A credential is a ticket if `hasTicket` is true. */
export function endedCredential(end: CredentialEnd, grant: Grant, hasTicket: boolean): Problem {
  if (end === 'member-removed') return memberRemoved()
  if (end === 'ticket-superseded') return invalidTicket('superseded')
  if (hasTicket) return invalidTicket(end)
  if (grant.apiKeyId) return invalidApiKey()
  if (grant.sessionId) return invalidSession(end === 'expired' ? 'expired' : 'ended')
  return new Problem('invalid-token', 'This token has expired. Get a new token.', {reason: 'expired'})
}
