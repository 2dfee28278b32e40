/** A child process's side of the bench: functions that its parent calls over IPC. */

export type Commands = Record<string, (...args: any[]) => unknown>

export interface Call {
  id: number
  name: string
  args: unknown[]
}

export type Reply = {id: number; result: unknown} | {id: number; error: string}

const longestLife = 10 * 60_000 // milliseconds; no run of the bench takes as long

/** Answers the parent's calls until the parent is gone, however it went. */
export function answerCalls(commands: Commands): void {
  process.on('message', async ({id, name, args}: Call) => {
    try {
      reply({id, result: await commands[name]!(...args)})
    } catch (error) {
      reply({id, error: (error as Error).stack ?? String(error)})
    }
  })
  process.once('disconnect', () => process.exit())
  setTimeout(() => process.exit(1), longestLife).unref()
}

/** What the parent gave the process at its start. */
export function startOptions<Options>(): Options {
  return JSON.parse(process.argv[2]!)
}

/** Microseconds of CPU that this process has used, in user and in system mode. */
export function cpuTime(): number {
  const {user, system} = process.cpuUsage()
  return user + system
}

function reply(message: Reply): void {
  if (process.connected) process.send!(message)
}
