/**
 * A route of the API, declared once: the router serves it (`api.ts`) and the contract describes it
 * (`openapi.yaml`) from the same declaration.
 */
import type {z} from 'zod'
import type {Caller, Role} from '../board/member.ts'
import type {ProblemCode} from '../board/problem.ts'
import type {Committed, ExpectedVersions} from '../changes/change.ts'
import type {Database} from '../store/connection.ts'
import type {SecretBox} from '../store/secret-box.ts'
import type {Snapshot} from '../store/snapshots.ts'

export interface Route<
  Id extends string = string,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Below `/api/v1`, with `{id}` for each id. */
  path: string
  summary: string
  /** What is not found when an id of the path names nothing, or is no id at all. */
  ids?: Readonly<Record<Id, ProblemCode>>
  /** Absent: no parameter is allowed. */
  query?: Query
  /** Absent: a body is not read. */
  body?: Body
  /** Heeds `If-Match`. */
  conditional?: boolean
  /** The least role that may, as the change has it. Absent: anybody may read, a member may change. */
  role?: Role
  success: 200 | 201 | 204
  /** The body of a success; one with a `version` is answered with that as its ETag. Absent with 204. */
  response?: Response
  /** No state of the log: answered without `Event-Id`. */
  timeless?: boolean
  /** Where the thing that was made can be found, below `/api/v1`. */
  location?(made: z.output<Response>): string
  /** What is refused beyond what follows from the rest of the declaration. */
  problems?: readonly ProblemCode[]
  handle(
    request: ApiRequest<Id, z.output<Query>, z.output<Body>>,
    context: {db: Database; secrets?: SecretBox | undefined},
  ): Promise<Answer<z.output<Response>>>
}

/** A request that has passed its route's schemas. */
export interface ApiRequest<Id extends string, Query, Body> {
  caller: Caller
  ids: Record<Id, string>
  query: Query
  body: Body
  /** Undefined without an `If-Match`. */
  expected: ExpectedVersions
}

/** A change, or a read that a stream continues, or neither. */
export type Answer<T> = Committed<T> | Snapshot<T> | {result: T}

/** Checks a declaration against its own schemas, and forgets their types. */
export function route<
  const Path extends string,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Response extends z.ZodType,
>(declaration: Route<IdOf<Path>, Query, Body, Response> & {path: Path} & NeedsIds<Path>): Route {
  return declaration
}

/** The names in braces: `/tasks/{id}` → 'id'. */
type IdOf<Path extends string> = Path extends `${string}{${infer Id}}${infer Rest}` ? Id | IdOf<Rest> : never

type NeedsIds<Path extends string> = Path extends `${string}{${string}` ? {ids: object} : unknown
