/** A Koa app whose only middleware writes to Node's response. The app shows the cost of Koa alone. */
import Koa from 'koa'
import {closeDelimited, serveHttpStreams} from './http-streams.ts'
import {runServer} from './run-server.ts'

await runServer(options => {
  const streams = {
    ...closeDelimited,
    listener(open: Parameters<typeof closeDelimited.listener>[0]) {
      const app = new Koa()
      app.silent = true
      app.use(ctx => {
        ctx.respond = false
        open(ctx.res)
      })
      return app.callback()
    },
  }
  return serveHttpStreams(streams, options)
})
