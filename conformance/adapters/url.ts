/**
 * Any running server: `--url` is the URL of a stream. `--option publish=URL` is a URL that publishes the body of a POST
 * request as one event. `--option heartbeat=15` and `--option resume=yes` declare what the server promises.
 * `--option header.Authorization=…` adds a header field to every request.
 */
import type {Adapter} from '../adapter.ts'
import {sendOk} from './requests.ts'

const adapter: Adapter = {
  name: 'a server at a URL',
  async start({url, options}) {
    const {publish, heartbeat, resume} = options
    if (!url || !publish) throw new Error('The adapter url needs --url and --option publish=URL.')
    const headers = Object.fromEntries(
      Object.entries(options)
        .filter(([name]) => name.startsWith('header.'))
        .map(([name, value]) => [name.slice('header.'.length), value]),
    )
    return {
      stream: {url, headers},
      publish: async text => void (await sendOk('POST', publish, headers, text)),
      stop: async () => {},
      ...(heartbeat && {heartbeatSeconds: Number(heartbeat)}),
      ...(resume === 'yes' && {resume: {}}),
    }
  },
}

export default adapter
