/**
 * Probes for load balancers and process supervisors. `/livez` checks that the process is running. `/readyz` checks that
 * the process can serve requests.
 */
import {setTimeout as delay} from 'node:timers/promises'
import Router from '@koa/router'
import {sql} from 'kysely'
import {Problem} from '../board/problem.ts'
import type {Live} from '../live/live.ts'
import type {Database} from '../store/connection.ts'

export interface HealthDeps {
  db: Database
  live: Live
  /** Returns whether the process has been asked to stop. By default, always returns false. */
  isStopping?: (() => boolean) | undefined
}

/** `databaseTimeoutMs` is the time limit for the database's response to a probe. Default 2,000. */
export function health({db, live, isStopping = () => false}: HealthDeps, databaseTimeoutMs = 2_000): Router {
  const router = new Router()
  let query: Promise<unknown> | undefined

  router.get('/livez', ctx => {
    ctx.body = {status: 'alive'}
  })

  router.get('/readyz', async ctx => {
    if (isStopping() || live.isDraining)
      throw new Problem('draining', 'This process is stopping; connect to another process.')
    if (live.isStale)
      throw new Problem(
        'store-unavailable',
        'The event log has not been read for too long, so streams may lack events.',
      )
    // Probes that run at the same time share one query. So the probes occupy only one connection, even when the
    // database does not respond.
    query ??= sql`select 1`.execute(db).finally(() => {
      query = undefined
    })
    await Promise.race([query, failAfter(databaseTimeoutMs)])
    ctx.body = {status: 'ready'}
  })

  return router
}

async function failAfter(timeoutMs: number): Promise<never> {
  await delay(timeoutMs, undefined, {ref: false})
  throw new Problem('store-unavailable', `The database did not respond within ${timeoutMs} ms.`)
}
