/** The channels of better-sse. The package does not promise that readers can resume. */
import type {Adapter} from '../adapter.ts'
import {startNodeServer} from './node-server.ts'
import {packageVersion} from './package-version.ts'

const adapter: Adapter = {
  name: 'better-sse',
  async start() {
    const target = await startNodeServer({module: import.meta.resolve('../servers/better-sse.js')})
    return {...target, version: packageVersion('better-sse'), heartbeatSeconds: 1}
  },
}

export default adapter
