/** One cell of the table of operations and callers. */
import type {Caller} from './caller.ts'
import type {Issuer} from './issuer.ts'
import type {PlannedOperation} from './plans.ts'
import type {World, WorldTools} from './world.ts'

export interface CallerTools {
  world: World
  issuer: Issuer
  cookieName: string
  /** Tokens that the server must refuse. */
  refusedTokens: Readonly<Record<string, string>>
}

export type MatrixTools = CallerTools & WorldTools

export interface Cell {
  operation: PlannedOperation
  caller: Caller
  expected: number
  /** When `body` is given, this body is sent instead of the body in the plan of the operation. */
  body?: unknown
}
