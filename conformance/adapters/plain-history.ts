/** A handler of node:http that numbers its events, and keeps the last 1 000 events in memory. */
import type {Adapter} from '../adapter.ts'
import {startNodeServer} from './node-server.ts'

const adapter: Adapter = {
  name: 'node:http with history',
  async start() {
    const module = import.meta.resolve('../servers/plain.js')
    return {...(await startNodeServer({module, args: ['history']})), resume: {}}
  },
}

export default adapter
