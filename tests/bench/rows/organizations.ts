/**
 * Opens a stream for each of 1,000 organizations. Measures the memory of the server, and how fast all clients
 * reconnect after a crash.
 */
import pg from 'pg'
import {mintToken} from '../../../src/identity/mint-token.ts'
import type {Processes, Server} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import type {DefaultsCommands} from '../servers/defaults.ts'
import type {Memory} from '../servers/run-server.ts'
import {atMost, type Result} from '../table.ts'

const organizations = 1000
const events = 1000 // the number of events in the log of each organization
const dataBytes = 300 // the size of an event's data
const missed = 10 // the number of events that each client has missed when the client reconnects
const epoch = 'aaaaaaaaaaaaa'
const subject = 'reader'
const heartbeatSeconds = 15

/** The cost of opening all streams on one server. The memory figures are the growth that the streams cause. */
interface Sample extends Memory {
  milliseconds: number
  /** Seconds of the server's CPU time until all streams are ready. */
  serverCpu: number
  refused: number
}

export async function organizationsRow(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const databaseUrl = await postgres.createDatabase()
  const first = await processes.server('defaults', {databaseUrl, heartbeatSeconds})
  await makeOrganizations(databaseUrl)
  const opened = await openAll(processes, first, {readyMark: first.readyMark})

  await first.child.kill()
  const second = await processes.server('defaults', {databaseUrl, heartbeatSeconds})
  const returned = await openAll(processes, second, {
    lastEventId: `${epoch}-${events - missed}`,
    readyMark: `"replayed":${missed}`,
  })
  const count = organizations.toLocaleString('en-US')
  return {
    title: `${count} organizations with ${events.toLocaleString('en-US')} events and a stream each`,
    columns: ['streams', 'seconds until all are ready', 'server CPU s', 'refused', 'heap MB', 'RSS MB'],
    lines: [
      ['opened', ...figures(opened)],
      [`returned after a crash, ${missed} events missed`, ...figures(returned)],
    ],
    notes: [
      `All ${count} clients connect at the same time. The crash is a SIGKILL of the server while all streams are open. The clients return when a new process, which uses the same database, listens. The members are not in the caches of the new process.`,
      'A stream is refused when it ends with stream.unavailable, or when its status is not 200. A refused client tries again, and the measured time includes these attempts.',
      'The memory figures are the growth of the process from before its first stream until all streams are ready. The memory is measured after garbage collection. 1 MB is 1,000,000 bytes.',
      `The store is Postgres. An event has ${dataBytes} bytes of data.`,
    ],
    bars: [
      atMost(`heap of ${count} organizations`, 100, 'MB', Math.max(opened.heap, returned.heap) / 1e6),
      atMost(`return of ${count} organizations`, 10, 's', returned.milliseconds / 1000),
      atMost('refused streams in the return after a crash', 0, '', returned.refused),
    ],
  }
}

function figures({milliseconds, serverCpu, refused, heap, rss}: Sample): number[] {
  return [milliseconds / 1000, serverCpu, refused, heap / 1e6, rss / 1e6]
}

/** Opens a stream for each organization, and measures the cost. */
async function openAll(
  processes: Processes,
  {child, port}: Server<DefaultsCommands>,
  {readyMark, lastEventId}: {readyMark: string; lastEventId?: string},
): Promise<Sample> {
  const requests = await requestsOf(await child.call('secret'), lastEventId)
  const before = await child.call('memory')
  const cpuBefore = await child.call('cpu')
  const opened = await processes.load().call('openAtOnce', {port, requests, readyMark})
  const serverCpu = ((await child.call('cpu')) - cpuBefore) / 1e6
  const after = await child.call('memory')
  return {...opened, serverCpu, heap: after.heap - before.heap, rss: after.rss - before.rss}
}

async function requestsOf(secret: string, lastEventId: string | undefined): Promise<string[]> {
  const headers = {Accept: 'text/event-stream', ...(lastEventId && {'Last-Event-ID': lastEventId})}
  const names = Array.from({length: organizations}, (_, index) => nameOf(index + 1))
  return Promise.all(
    names.map(async organization => {
      const token = await mintToken({secret}, {subject, organization, lifetime: 3600})
      return formatRequest('GET', '/events/tasks', token, headers)
    }),
  )
}

/** Returns the name that tokens use for the organization. */
function nameOf(number: number | string): string {
  return `organization-${number}`
}

/**
 * Writes the organizations, one member of each, and the events. The events of all organizations alternate, as in a
 * log that grows over weeks. To save time, foreign keys are not checked, and commits are not synced.
 */
async function makeOrganizations(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  await client.query('set synchronous_commit = off; set session_replication_role = replica')
  await client.query(
    `insert into organizations (id, issuer, claim, created_at)
      select gen_random_uuid(), '', $1 || n, now() from generate_series(1, $2::integer) n`,
    [nameOf(''), organizations],
  )
  await client.query(
    `insert into members (organization_id, id, issuer, subject, name, named_at, created_at)
      select id, gen_random_uuid(), '', $1, $1, now(), now() from organizations`,
    [subject],
  )
  await client.query(
    'insert into event_streams (organization_id, epoch, head) select id, $1, $2 from organizations',
    [epoch, events],
  )
  await client.query(
    `insert into events (organization_id, seq, type, project_id, story_id, task_id, data, created_at)
      select o.id, seq, 'status_changed', o.id, o.id, o.id, $1, now()
      from generate_series(1, $2::integer) seq cross join organizations o`,
    [eventData(), events],
  )
  await client.query('vacuum analyze')
  await client.end()
}

function eventData(): string {
  const fields = {type: 'status_changed', padding: ''}
  return JSON.stringify({...fields, padding: 'x'.repeat(dataBytes - JSON.stringify(fields).length)})
}
