/** Runs cases against a server, one after another. */
import type {Target} from './adapter.ts'
import type {Case, Level, Need} from './case.ts'
import {Context} from './context.ts'
import {NotApplicable} from './expect.ts'

export interface CaseResult {
  id: string
  level: Level
  outcome: 'passed' | 'failed' | 'not-applicable'
  /** Why the case failed or is not applicable. Absent when the case passed. */
  message?: string
  durationMs: number
}

export interface RunOptions {
  cases: readonly Case[]
  /** Milliseconds after which something that must happen has not happened. Default 5 000. */
  patienceMs?: number
  /** The bytes of UTF-8 that the cases of slow readers publish. Default 12 000 000. */
  burstBytes?: number
  onResult?(result: CaseResult): void
}

export async function runCases(
  target: Target,
  {cases, patienceMs = 5_000, burstBytes = 12_000_000, onResult}: RunOptions,
): Promise<CaseResult[]> {
  const scenarios = new Map<unknown, Promise<unknown>>()
  const results: CaseResult[] = []
  for (const each of cases) {
    const context = new Context(target, {patienceMs, burstBytes}, scenarios)
    const result = await runCase(each, context)
    // A case that failed may have left the server stopped.
    if (result.outcome === 'failed') await target.process?.start()
    results.push(result)
    onResult?.(result)
  }
  return results
}

async function runCase(
  {id, level, needs = [], timeLimitMs, run}: Case,
  context: Context,
): Promise<CaseResult> {
  const missing = needs.find(need => !hasCapability(context.target, need))
  if (missing) {
    const message = `The adapter does not have ${missing}.`
    return {id, level, outcome: 'not-applicable', message, durationMs: 0}
  }
  const start = performance.now()
  const limitMs = timeLimitMs ?? Math.max(20_000, context.patienceMs * 4)
  const error = await withTimeLimit(() => run(context), limitMs)
  context.close()
  const durationMs = Math.round(performance.now() - start)
  if (error === undefined) return {id, level, outcome: 'passed', durationMs}
  const outcome = error instanceof NotApplicable ? 'not-applicable' : 'failed'
  return {id, level, outcome, message: error.message, durationMs}
}

/** Returns the error of the function, or an error when the function takes too long. */
async function withTimeLimit(run: () => Promise<void>, limitMs: number): Promise<Error | undefined> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<Error>(resolve => {
    timer = setTimeout(() => resolve(new Error(`The case did not end within ${limitMs} ms.`)), limitMs)
  })
  const ended = run().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  const error = await Promise.race([ended, limit])
  clearTimeout(timer)
  return error
}

function hasCapability(target: Target, need: Need): boolean {
  let value: unknown = target
  for (const name of need.split('.')) value = (value as Record<string, unknown> | undefined)?.[name]
  return value !== undefined && value !== false
}
