/** Starts the compiled demo with the embedded database in a folder. Users start the demo in the same way. */
import {execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'

export interface Demo {
  /** Returns the resident memory of the process in bytes. */
  rss(): number
  /** Stops the process with SIGINT, the signal of Ctrl-C. */
  stop(): Promise<void>
}

/** Resolves when the server listens. */
export async function startDemo(main: string, dataDir: string): Promise<Demo> {
  const {PATH = '', HOME = ''} = process.env
  const child = spawn(process.execPath, [main], {
    env: {PATH, HOME, PORT: '0', DATA_DIR: dataDir},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', line => {
      if (line.includes('"listening"')) resolve()
    })
    exit.then(([code]) => reject(new Error(`The demo exited with ${code} before it listened.`)), reject)
  })
  return {
    rss: () => 1024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], {encoding: 'utf8'})),
    async stop() {
      child.kill('SIGINT')
      await exit
    },
  }
}
