/**
 * The channels of better-sse, with the history of its chat example. The example sends the whole history to every new
 * session. The cases of the group `resume` show what this means for a reader that reconnects.
 */
import type {Adapter} from '../adapter.ts'
import {startNodeServer} from './node-server.ts'
import {packageVersion} from './package-version.ts'

const adapter: Adapter = {
  name: 'better-sse with the history of its chat example',
  async start() {
    const module = import.meta.resolve('../servers/better-sse.js')
    const target = await startNodeServer({module, args: ['history']})
    return {...target, version: packageVersion('better-sse'), heartbeatSeconds: 1, resume: {}}
  },
}

export default adapter
