/** Measures the changes of one organization while another organization waits for a locked row. */
import {setTimeout as delay} from 'node:timers/promises'
import pg from 'pg'
import {mintToken} from '../../../src/identity/mint-token.ts'
import type {Paced} from '../load/paced.ts'
import type {Processes} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import {atMost, type Result} from '../table.ts'

const members = 12 // members of the organization that waits for the row
const tasks = 100 // tasks of the organization that does not wait
const changesPerSecond = 20
const warmUpMs = 3_000
const measuredMs = 10_000
const pauseMs = 1_000 // the time between the release of the lock and the next measurement
const noiseMs = 20 // between two runs, the p99 of 200 requests can differ by this time

export async function heldRow(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const databaseUrl = await postgres.createDatabase()
  const {child} = await processes.server('defaults', {databaseUrl})
  const waiting = await child.call('makeBoard', {organization: 'waiting', tasks: 1})
  const other = await child.call('makeBoard', {organization: 'other', tasks})
  const {taskId} = waiting.tasks[0]!
  const takes = await takesOf(await child.call('secret'), taskId)
  const [load, contenders] = [processes.load(), processes.load()]
  const change = (milliseconds: number) => load.call('runPaced', {...other, changesPerSecond, milliseconds})
  await contenders.call('cpu') // resolves when the process has started
  await change(warmUpMs)

  const before = await change(measuredMs)
  const [during, contending] = await holdRow(databaseUrl, taskId, async () => {
    const attempts = contenders.call('contend', {...waiting, requests: takes, milliseconds: measuredMs})
    return [await change(measuredMs), attempts] as const
  })
  const attempts = await contending
  await delay(pauseMs)
  const after = await change(measuredMs)

  const line = (name: string, {p50, p99, failed}: Paced) => [name, p50, p99, failed]
  return {
    title: `Changes of one organization while another organization waits for a locked row`,
    columns: ['', 'p50 ms', 'p99 ms', 'failed'],
    lines: [line('before', before), line('while the row is locked', during), line('after', after)],
    notes: [
      `A session of another program locks a task for ${measuredMs / 1000} s. ${members} members try to take this task again and again. The responses to their attempts: ${formatStatuses(attempts)}.`,
      `The other organization sends ${changesPerSecond} changes/s of its own tasks, without waiting for responses. Each figure is from ${before.changes} requests.`,
      `The limit of the p99 after the lock is 1.5 × the p99 before, plus ${noiseMs} ms for noise. The store is Postgres with a pool of 10 connections.`,
    ],
    bars: [
      atMost('p99 of the other organization during a lock', 4_000, 'ms', during.p99),
      atMost('failed requests of the other organization', 0, '', during.failed + after.failed),
      atMost('p99 of the other organization after the lock', 1.5 * before.p99 + noiseMs, 'ms', after.p99),
    ],
  }
}

/** Returns the requests with which members of the waiting organization take the task. */
async function takesOf(secret: string, taskId: string): Promise<string[]> {
  const subjects = Array.from({length: members}, (_, index) => `member-${index + 1}`)
  return Promise.all(
    subjects.map(async subject => {
      const token = await mintToken({secret}, {subject, organization: 'waiting', lifetime: 3600})
      return formatRequest('PUT', `/tasks/${taskId}/ownership`, token)
    }),
  )
}

/** Runs `work` while a session holds a lock on the task. */
async function holdRow<T>(databaseUrl: string, taskId: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  await client.query('begin')
  await client.query('select 1 from tasks where id = $1 for update', [taskId])
  const result = await work()
  await client.query('rollback')
  await client.end()
  return result
}

function formatStatuses(attempts: Record<number, number>): string {
  return Object.entries(attempts)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ')
}
