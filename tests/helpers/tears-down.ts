import type {ExecutionContext} from 'ava'

/** Calls functions at the end of a test, or after all tests of a file. */
export type TearsDown = Pick<ExecutionContext, 'teardown'>

/** Collects functions in `test.before`, where ava has no `t.teardown`. `test.after.always` calls `run`. */
export class Teardowns implements TearsDown {
  readonly #functions: (() => unknown)[] = []

  teardown(run: () => unknown): void {
    this.#functions.push(run)
  }

  /** Calls the functions one after another. The last function is called first. */
  async run(): Promise<void> {
    for (const run of this.#functions.toReversed()) await run()
  }
}
