// Starts a server with the page, for the browser tests of a file:
//
//   const server = await startPageServer()
//   test.serial('…', async t => {
//     const {page} = await openWindow(t, server, who, '/')
import test from 'ava'
import {closeBrowser} from './browser.ts'
import {buildPage} from './page.ts'
import {type Server, type ServerOptions, startServer} from './server.ts'

/**
 * The server and the browser are closed after the last test of the file. Default: heartbeats are one second apart, so
 * the page soon notices that a connection is cut.
 *
 * A file calls this function once, before it declares tests and hooks. Ava starts the tests when the first hook has been
 * declared, and this function declares a hook.
 */
export async function startPageServer(options: Omit<ServerOptions, 'page'> = {}): Promise<Server> {
  const server = await startServer({live: {heartbeatSeconds: 1}, ...options, page: await buildPage()})
  test.after.always(async () => {
    await closeBrowser()
    await server.close()
  })
  return server
}
