/** Starts the HTTP server of the program. Instead of the app, a handler from the test answers the requests. */
import {once} from 'node:events'
import type {RequestListener} from 'node:http'
import type {AddressInfo} from 'node:net'
import type {ExecutionContext} from 'ava'
import {createHttpServer, type HttpServerOptions} from '../../src/http/http-server.ts'
import {until} from './until.ts'

export interface TestHttpServer {
  port: number
  url: string
  /** Returns the number of open connections. */
  connections(): Promise<number>
  /** Resolves when no connection is open. */
  allClosed(): Promise<void>
}

/** The server is closed at the end of the test. */
export async function startHttpServer(
  t: ExecutionContext,
  handle: RequestListener,
  options: HttpServerOptions = {},
): Promise<TestHttpServer> {
  const server = createHttpServer(handle, options)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const {port} = server.address() as AddressInfo
  const connections = () =>
    new Promise<number>(resolve => server.getConnections((_, count) => resolve(count)))
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    connections,
    allClosed: () => until(async () => (await connections()) === 0),
  }
}
