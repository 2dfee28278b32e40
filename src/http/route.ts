/** The declaration of an API route. `api.ts` serves the route, and `openapi.ts` describes the route in the contract. */
import type {Readable} from 'node:stream'
import {z} from 'zod'
import type {Cursor} from '../board/cursor.ts'
import type {Caller, Role} from '../board/member.ts'
import type {ProblemCode} from '../board/problem.ts'
import type {Quotas, QuotaUsage} from '../board/quotas.ts'
import type {Change, Committed, ExpectedVersions} from '../changes/change.ts'
import type {RateLimitName} from '../limits/rate-counts.ts'
import type {Live} from '../live/live.ts'
import type {BoardChange} from '../store/board-changes.ts'
import type {Database} from '../store/connection.ts'
import type {SecretBox} from '../store/secret-box.ts'
import type {SharedReads} from '../store/shared-reads.ts'
import type {Snapshot} from '../store/snapshots.ts'
import type {AuthenticatedState} from './authenticate.ts'
import type {DivergenceReports} from './divergence-reports.ts'
import type {JsonPieces} from './json-pieces.ts'

export type Route<
  Id extends string = string,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> = Operation<Id, Query, Body, Response> &
  (
    | Reading<ApiRequest<Id, z.output<Query>, z.output<Body>>, z.output<Response>>
    | Changing<ApiRequest<Id, z.output<Query>, z.output<Body>>, z.output<Response>>
    | Issuing<ApiRequest<Id, z.output<Query>, z.output<Body>>, z.output<Response>>
    | Reporting<ApiRequest<Id, z.output<Query>, z.output<Body>>>
    | Sending<ApiRequest<Id, z.output<Query>, z.output<Body>>>
    | Receiving<ApiRequest<Id, z.output<Query>, z.output<Body>>, z.output<Response>>
  )

/** The group of an operation in the contract. */
export type Tag =
  | 'Streams'
  | 'Projects'
  | 'Sprints'
  | 'Stories'
  | 'Tasks'
  | 'Labels'
  | 'Search'
  | 'Comments'
  | 'Escalations'
  | 'Notifications'
  | 'Activity'
  | 'GitHub'
  | 'Import and export'
  | 'Members'
  | 'API keys'
  | 'Session'
  | 'Server'

interface Operation<
  Id extends string,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Response extends z.ZodType,
> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** The path, relative to `/api/v1`. The path has a placeholder such as `{id}` for each id. */
  path: string
  /** The unique name of the operation. Generated clients have a function with this name. */
  operationId: string
  tag: Tag
  /** One sentence that says what a request does. */
  summary: string
  /** Further sentences. */
  description?: string
  /** For each id in the path, the problem code that is reported when the id is unknown or invalid. */
  ids?: Readonly<Record<Id, ProblemCode>>
  /** The schema of the query. By default, no parameter is accepted. */
  query?: Query
  /** The schema of the request's body. By default, the body is not read. */
  body?: Body
  /** True when the body can be omitted. Default false. */
  isBodyOptional?: boolean
  /** Whether the route supports `If-Match`. */
  conditional?: boolean
  /** The lowest role that can use the route. By default, `viewer` for GET and `member` for other methods. */
  role?: Role
  success: 200 | 201 | 204
  /**
   * The schema of a successful response's body. If the body has a `version`, the response has an ETag. Undefined
   * for status 204.
   */
  response?: Response
  /** The media types of the other forms of the response, which are text. Default: the response is always JSON. */
  otherTypes?: readonly string[]
  /** True when the response does not depend on the event log. Such a response omits the header `Event-Id`. */
  omitsEventId?: boolean
  /** The path of the created resource, relative to `/api/v1`. */
  location?(created: z.output<Response>): string
  /**
   * How many changes the rate limits count for a request with this body, at least 1. The first one is counted before the
   * body is read. Default: one, and after the commit one for each further task that the change has changed.
   */
  countChanges?(body: z.output<Body>): number
  /** The problem codes that do not follow from the other fields of the route. */
  problems?: readonly ProblemCode[]
}

interface Reading<Request, Result> {
  /** Returns the result with its cursor. When the route omits `Event-Id`, returns only the result. */
  read(
    request: Request,
    context: {db: Database; boards: BoardReads; usage: UsageReads; quotas: Quotas; live: PresenceHost},
  ): Promise<Snapshot<Result | JsonPieces> | {result: Result}>
  /**
   * Returns the last change of the result. If this function is declared, the ETag of a response is the cursor of the
   * response. Returns undefined when `read` would throw a Problem.
   */
  readChange?(
    request: Request,
    context: {db: Database; boardChanges: BoardChangeReads},
  ): Promise<BoardChange | undefined>
  change?: undefined
  issue?: undefined
  report?: undefined
  send?: undefined
  receive?: undefined
}

interface Sending<Request> {
  /** Returns a file, which is sent while it is read. An organization receives one file of each route at a time. */
  send(request: Request, context: {db: Database}): Promise<SentFile>
  read?: undefined
  readChange?: undefined
  change?: undefined
  issue?: undefined
  report?: undefined
  receive?: undefined
}

interface Receiving<Request, Result> {
  /** The media types of the file in the body. */
  fileTypes: readonly string[]
  /** The maximum size of the file, in bytes. */
  maxFileBytes: number
  /**
   * Reads the file, and makes any number of changes. The rate limits for changes count one change. The route ignores
   * `Idempotency-Key`, so a repeated request must do no harm.
   */
  receive(
    request: Request,
    context: {db: Database; quotas: Quotas; file: ReceivedFile; commit: CommitWithCaller},
  ): Promise<Snapshot<Result>>
  read?: undefined
  readChange?: undefined
  change?: undefined
  issue?: undefined
  report?: undefined
  send?: undefined
}

export interface ReceivedFile {
  /**
   * Calls the function with the bytes of the body, when few other files are in memory. Throws the errors of
   * `BodyReader.read` and of `FileTurns.run`, and the errors of the authentication when the access of the caller was
   * withdrawn while the body arrived.
   */
  read<T>(work: (bytes: Buffer<ArrayBuffer>) => Promise<T>): Promise<T>
}

/** Commits a change of the caller, and publishes its events. */
export type CommitWithCaller = <T>(change: Change<T>) => Promise<Committed<T>>

export interface SentFile {
  type: string
  fileName: string
  cursor: Cursor
  body: Readable
}

interface Changing<Request, Result> {
  /** Describes the change that `api.ts` commits and publishes. */
  change(request: Request, context: {secrets?: SecretBox | undefined}): Change<Result>
  read?: undefined
  readChange?: undefined
  issue?: undefined
  report?: undefined
  send?: undefined
  receive?: undefined
}

interface Issuing<Request, Result> {
  /**
   * Creates a credential, and returns a result that contains a secret. The rate limits for changes also apply to
   * requests of this route. The result is never stored, so the route ignores `Idempotency-Key`: a repeated request
   * creates another credential.
   */
  issue(request: IssuingRequest<Request>, context: {db: Database; quotas: Quotas}): Promise<Result>
  read?: undefined
  readChange?: undefined
  change?: undefined
  report?: undefined
  send?: undefined
  receive?: undefined
}

interface Reporting<Request> {
  /**
   * Accepts a report of a client, and stores nothing. The rate limits for changes do not apply to requests of this
   * route. The route ignores `Idempotency-Key`.
   */
  report(
    request: Request,
    context: {db: Database; divergences: DivergenceReports; live: PresenceHost},
  ): Promise<void>
  /** The limit per minute and member of the reports. Default: no limit. */
  reportLimit?: RateLimitName
  read?: undefined
  readChange?: undefined
  change?: undefined
  issue?: undefined
  send?: undefined
  receive?: undefined
}

/** The part of the live engine that knows who looks at a board. */
export type PresenceHost = Pick<Live, 'readPresence' | 'showTask'>

/** The credential that `issue` creates must not end later than the credential that authenticated the request. */
export type IssuingRequest<Request> = Request & Pick<AuthenticatedState, 'grant' | 'expiresAt'>

/**
 * Several requests for a board share one read and one encoded response. Several requests for a backlog or a dashboard,
 * too. The key of a read consists of the organization, and the sprint or the project.
 */
export type BoardReads = SharedReads<Snapshot<JsonPieces>>

/** Several requests for a board share one read of its last change. The key of a read is like a key of `BoardReads`. */
export type BoardChangeReads = SharedReads<BoardChange | undefined>

/**
 * Lets several requests share one read of the quota usage of an organization. The key of a read is the organization.
 */
export type UsageReads = SharedReads<QuotaUsage[] | null>

/** A request that was validated with the schemas of its route. */
export interface ApiRequest<Id extends string, Query, Body> {
  caller: Caller
  ids: Record<Id, string>
  query: Query
  body: Body
  /** The versions in `If-Match`, or undefined when every version is accepted. */
  expected: ExpectedVersions
}

/**
 * Returns the declaration, with the general type `Route`. The compiler checks that the functions of the declaration
 * match its path and its schemas.
 */
export function route<
  const Path extends string,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Response extends z.ZodType,
>(declaration: Route<IdOf<Path>, Query, Body, Response> & {path: Path} & NeedsIds<Path>): Route {
  return declaration
}

/** Returns the lowest role that can use the route. */
export function roleFor({method, role}: Route): Role {
  return role ?? (method === 'get' ? 'viewer' : 'member')
}

/** Returns whether a successful response of the route has an ETag. */
export function hasETag({response, readChange}: Route): boolean {
  return readChange !== undefined || (response instanceof z.ZodObject && 'version' in response.shape)
}

/** Returns whether the route supports `If-None-Match`. */
export function respondsWith304(route: Route): boolean {
  return route.read !== undefined && hasETag(route)
}

/** The names in braces in a path, for example 'id' in `/tasks/{id}`. */
type IdOf<Path extends string> = Path extends `${string}{${infer Id}}${infer Rest}` ? Id | IdOf<Rest> : never

type NeedsIds<Path extends string> = Path extends `${string}{${string}` ? {ids: object} : unknown
