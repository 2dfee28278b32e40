/** One cell of the table of operations and callers. */
import type {Caller, CallerTools} from './callers.ts'
import type {PlannedOperation} from './plans.ts'
import type {WorldTools} from './world.ts'

export type MatrixTools = CallerTools & WorldTools

export interface Cell {
  operation: PlannedOperation
  caller: Caller
  expected: number
  /** When `body` is given, this body is sent instead of the body in the plan of the operation. */
  body?: unknown
}
