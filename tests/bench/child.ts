/** Starts a child process of the bench and calls its functions. */
import {type ChildProcess, fork} from 'node:child_process'
import {once} from 'node:events'
import type {Call, Commands, Reply} from './commands.ts'

interface Waiting {
  resolve: (result: unknown) => void
  reject: (error: Error) => void
}

export class Child<Table extends Commands> {
  readonly #script: string
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0
  #hasEnded = false

  /** `core` is the core on which the process and its child processes run. Default: any core. */
  constructor(script: string, options: unknown, core?: number) {
    this.#script = script
    this.#process = fork(script, [JSON.stringify(options)], {
      execArgv: [], // the compiled script does not need tsx, the loader of the parent process
      ...(core !== undefined && {execPath: 'taskset', execArgv: ['-c', String(core), process.execPath]}),
      serialization: 'advanced',
    })
    this.#process.on('message', (reply: Reply) => this.#settle(reply))
    this.#process.once('exit', () => this.#end())
  }

  /**
   * Calls a function of the process. Rejects when the function throws, or when the process ends before the
   * function returns.
   */
  call<Name extends keyof Table & string>(
    name: Name,
    ...args: Parameters<Table[Name]>
  ): Promise<Awaited<ReturnType<Table[Name]>>> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return reject(this.#endedError())
      this.#waiting.set(id, {resolve: resolve as Waiting['resolve'], reject})
      this.#process.send({id, name, args} satisfies Call)
    })
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return
    const exit = once(this.#process, 'exit')
    this.#process.disconnect()
    await exit
  }

  /** Ends the process with SIGKILL. */
  async kill(): Promise<void> {
    if (this.#hasEnded) return
    const exit = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exit
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('error' in reply) waiting?.reject(new Error(`${this.#script}: ${reply.error}`))
    else waiting?.resolve(reply.result)
  }

  #end(): void {
    this.#hasEnded = true
    for (const {reject} of this.#waiting.values()) reject(this.#endedError())
    this.#waiting.clear()
  }

  #endedError(): Error {
    const {exitCode, signalCode} = this.#process
    return new Error(`${this.#script} exited with ${exitCode ?? signalCode}`)
  }
}
