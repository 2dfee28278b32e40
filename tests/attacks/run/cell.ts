/** One cell of the table of operations and callers. */
import type {Caller, CallerTools} from './callers.ts'
import type {PlannedOperation} from './plans.ts'
import type {WorldTools} from './world.ts'

export type MatrixTools = CallerTools & WorldTools

export interface Cell {
  operation: PlannedOperation
  caller: Caller
  expected: number
  /** Replaces the body of the plan. */
  body?: unknown
}
