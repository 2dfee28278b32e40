// Starts Redis servers on loopback, for tests and for the bench.
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {setTimeout as delay} from 'node:timers/promises'
import {accepts, findFreePort} from '../../conformance/adapters/ports.ts'

export interface RedisServer {
  url: string
  /** Ends the process. The data are lost. */
  stop(): Promise<void>
  /** Suspends the process. The connections stay open, but Redis does not respond. */
  suspend(): void
  /** Starts a new process at the same `url`. */
  start(): Promise<void>
}

/** Resolves when Redis accepts connections. */
export async function startRedis(): Promise<RedisServer> {
  const port = await findFreePort()
  let child: ChildProcess | undefined
  const start = async () => {
    const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    child = spawn('redis-server', options, {stdio: 'ignore'})
    while (!(await accepts(port))) await delay(20)
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    suspend() {
      child!.kill('SIGSTOP')
    },
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}
