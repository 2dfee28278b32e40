/** What whoever keeps this process alive asks: is it up, and may it be sent requests. */
import {setTimeout as delay} from 'node:timers/promises'
import Router from '@koa/router'
import {sql} from 'kysely'
import {Problem} from '../board/problem.ts'
import type {Live} from '../live/live.ts'
import type {Database} from '../store/connection.ts'

const patience = 2000 // milliseconds that the database may take to answer

export function health({db, live}: {db: Database; live: Live}): Router {
  const router = new Router()
  let asking: Promise<unknown> | undefined

  router.get('/livez', ctx => {
    ctx.body = {status: 'alive'}
  })

  router.get('/readyz', async ctx => {
    if (live.isDraining) throw new Problem('draining', 'This process is stopping; another one serves you.')
    // One question at a time, so that a database that hangs does not take a connection for every probe.
    asking ??= sql`select 1`.execute(db).finally(() => {
      asking = undefined
    })
    await Promise.race([asking, giveUp()])
    ctx.body = {status: 'ready'}
  })

  return router
}

async function giveUp(): Promise<never> {
  await delay(patience, undefined, {ref: false})
  throw new Problem('store-unavailable', `The database has not answered within ${patience} ms.`)
}
