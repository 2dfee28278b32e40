/** A handler of node:http without a library. It gives no ids, so it does not promise that readers can resume. */
import type {Adapter} from '../adapter.ts'
import {startNodeServer} from './node-server.ts'

const adapter: Adapter = {
  name: 'node:http',
  start: () => startNodeServer({module: import.meta.resolve('../servers/plain.js')}),
}

export default adapter
