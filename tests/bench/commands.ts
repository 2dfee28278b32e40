/** Lets the main process of the bench call functions of its child processes over IPC. */

export type Commands = Record<string, (...args: any[]) => unknown>

export interface Call {
  id: number
  name: string
  args: unknown[]
}

export type Reply = {id: number; result: unknown} | {id: number; error: string}

const maxLifetimeMs = 10 * 60_000 // this time is longer than any run of the bench

/**
 * Runs the functions that the parent process calls, and sends the results to the parent process. Exits when the
 * parent process exits or is killed.
 */
export function answerCalls(commands: Commands): void {
  process.on('message', async ({id, name, args}: Call) => {
    try {
      reply({id, result: await commands[name]!(...args)})
    } catch (error) {
      reply({id, error: (error as Error).stack ?? String(error)})
    }
  })
  process.once('disconnect', () => process.exit())
  setTimeout(() => process.exit(1), maxLifetimeMs).unref()
}

/** The options that the parent passed when it started the process. */
export function startOptions<Options>(): Options {
  return JSON.parse(process.argv[2]!)
}

/** Microseconds of CPU time that this process has used, user and system. */
export function cpuTime(): number {
  const {user, system} = process.cpuUsage()
  return user + system
}

function reply(message: Reply): void {
  if (process.connected) process.send!(message)
}
