/** What the adapters of the small servers in `servers/` have in common. */
import {fileURLToPath} from 'node:url'
import type {Target} from '../adapter.ts'
import {ChildServer, residentBytes} from './child-server.ts'
import {findFreePort} from './ports.ts'
import {sendOk} from './requests.ts'

export interface NodeServerOptions {
  /** The compiled or loaded module of the server. */
  module: string
  args?: readonly string[]
}

/** Starts the server in a process of its own, with the TypeScript loader of this process, if any. */
export async function startNodeServer({module, args = []}: NodeServerOptions): Promise<Target> {
  const port = await findFreePort()
  const origin = `http://127.0.0.1:${port}`
  const command = [process.execPath, ...process.execArgv, fileURLToPath(module), String(port), ...args]
  const server = new ChildServer({command, port})
  await server.start()
  return {
    version: `Node ${process.versions.node}`,
    stream: {url: `${origin}/events`},
    publish: async text => void (await sendOk('POST', `${origin}/publish`, {}, text)),
    stop: () => server.kill(),
    textOf: ({data}) => textIn(data),
    process: {
      kill: () => server.kill(),
      terminate: () => server.terminate(),
      start: () => server.start(),
    },
    ...(residentBytes && {memoryBytes: () => residentBytes!(server.pid)}),
    openStreams: async () => Number(await sendOk('GET', `${origin}/streams`)),
  }
}

/** The servers encode every text as JSON. */
function textIn(data: string): string | undefined {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}
