/** Compares the deliveries per second of two servers: one server has two workers, the other server has one worker. */
import {randomBytes} from 'node:crypto'
import {cpus} from 'node:os'
import {setTimeout as delay} from 'node:timers/promises'
import {mintToken} from '../../../src/identity/mint-token.ts'
import type {Load, Processes} from '../processes.ts'
import type {Program} from '../program.ts'
import {formatRequest} from '../requests.ts'
import type {TaskRequests} from '../servers/boards.ts'
import {organization} from '../servers/organization.ts'
import {medianOf} from '../statistics.ts'
import {atLeast, type Result} from '../table.ts'

const readers = 2_000
const loads = 2 // one load generator could not read all deliveries of two workers
const tasksPerLoad = 8
const rounds = 3
const warmUpMs = 1_500
const measuredMs = 3_000
const settleMs = 300 // enough time to read the last events of the previous measurement
// The two workers and the two load generators each need a core.
const coresNeeded = 4

const names = {one: 'one worker', two: 'two workers'} as const
type Name = (typeof names)[keyof typeof names]

interface Case {
  name: Name
  program: Program
  loads: {load: Load; tasks: TaskRequests[]}[]
  /** Streams that were opened per second. */
  opened: number
}

interface Sample {
  name: Name
  /** Deliveries per second. */
  rate: number
  /** The CPU time of all processes of the server together, in microseconds per delivery. */
  cpu: number
  /** The cores that the processes of the server used. */
  serverCores: number
  loadCores: number
}

export async function workers(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const cases = [
    await openCase(processes, names.one, 1, await postgres.createDatabase()),
    await openCase(processes, names.two, 2, await postgres.createDatabase()),
  ]
  for (const one of cases) await measure(one, warmUpMs)
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    for (const one of cases) samples.push(await measure(one, measuredMs))
  }
  const ratio = medianOf(samples, names.two, 'rate') / medianOf(samples, names.one, 'rate')
  const bar = atLeast('deliveries/s of two workers', 1.6, '× one worker', ratio)
  const cores = cpus().length
  return {
    title: `Fan-out of changes to ${readers.toLocaleString('en-US')} streams with WORKERS=1 and WORKERS=2`,
    columns: [
      'server',
      'deliveries/s',
      '× one worker',
      'server CPU µs per delivery',
      'server cores',
      'load cores',
      'streams opened/s',
    ],
    lines: cases.map(({name, opened}) => [
      name,
      medianOf(samples, name, 'rate'),
      medianOf(samples, name, 'rate') / medianOf(samples, names.one, 'rate'),
      medianOf(samples, name, 'cpu'),
      medianOf(samples, name, 'serverCores'),
      medianOf(samples, name, 'loadCores'),
      opened,
    ]),
    notes: [
      `${loads} load generators read the streams. Each load generator takes and releases ${tasksPerLoad} tasks over HTTP. A load generator changes a task again when all streams of the load generator have received the event of the previous change. The server announces events over the Postgres bus.`,
      `The server CPU includes the workers and the primary process, and does not include Postgres. This machine has ${cores} cores. When the server and the load together use all cores, the cores limit the result.`,
    ],
    bars: [cores < coresNeeded ? {...bar, notJudged: `${cores} cores, needs ${coresNeeded}`} : bar],
  }
}

async function openCase(
  processes: Processes,
  name: Name,
  workerCount: number,
  databaseUrl: string,
): Promise<Case> {
  const secret = randomBytes(32).toString('hex')
  const program = await processes.program({
    WORKERS: String(workerCount),
    DATABASE_URL: databaseUrl,
    AUTH_JWT_SECRET: secret,
    HOST: '127.0.0.1',
    HEARTBEAT_SECONDS: '300',
    MAX_STREAMS_PER_USER: String(readers),
    DRAIN_SECONDS: '0',
  })
  const claims = {subject: 'reader', organization, role: 'member', lifetime: 3600} as const
  const token = await mintToken({secret}, claims)
  const tasks = await makeTasks(program.port, token, loads * tasksPerLoad)
  const request = formatRequest('GET', '/events/tasks', token)
  const open = {port: program.port, count: readers / loads, requests: [request], maxPending: 100}
  const list = Array.from({length: loads}, (_, index) => ({
    load: processes.load(),
    tasks: tasks.slice(index * tasksPerLoad, (index + 1) * tasksPerLoad),
  }))
  await Promise.all(list.map(({load}) => load.call('cpu'))) // resolves when the processes have started
  const times = await Promise.all(
    list.map(({load}) => load.call('open', {...open, readyMark: 'stream.ready'})),
  )
  return {name, program, loads: list, opened: readers / (Math.max(...times) / 1000)}
}

/** Creates tasks through the API of the server. Returns the requests that change the tasks. */
async function makeTasks(port: number, token: string, count: number): Promise<TaskRequests[]> {
  const post = async (path: string, body: object) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method: 'POST',
      headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`POST ${path} returned ${response.status}`)
    return (await response.json()) as {id: string}
  }
  const project = await post('/projects', {name: 'Lantern'})
  const story = await post(`/projects/${project.id}/stories`, {title: 'Light'})
  const tasks: TaskRequests[] = []
  for (let index = 1; index <= count; index++) {
    const {id: taskId} = await post(`/stories/${story.id}/tasks`, {title: `Candle ${index}`})
    const path = `/tasks/${taskId}/ownership`
    tasks.push({
      taskId,
      take: formatRequest('PUT', path, token),
      release: formatRequest('DELETE', path, token),
      comment: formatRequest('POST', `/tasks/${taskId}/comments`, token, {}, {body: 'Mind the wick.'}),
    })
  }
  return tasks
}

async function measure({name, program, loads}: Case, milliseconds: number): Promise<Sample> {
  await delay(settleMs)
  const loadCpu = async () => sum(await Promise.all(loads.map(({load}) => load.call('cpu'))))
  const [serverBefore, loadBefore] = [program.cpu(), await loadCpu()]
  const startedAt = performance.now()
  const {port} = program
  const followed = await Promise.all(
    loads.map(({load, tasks}) => load.call('runFollowedChanges', {port, tasks, milliseconds})),
  )
  const elapsedMs = performance.now() - startedAt
  const serverCpu = program.cpu() - serverBefore
  const deliveries = sum(followed.map(({deliveries}) => deliveries))
  return {
    name,
    rate: sum(followed.map(({deliveries, milliseconds}) => (deliveries / milliseconds) * 1000)),
    cpu: serverCpu / deliveries,
    serverCores: serverCpu / 1000 / elapsedMs,
    loadCores: ((await loadCpu()) - loadBefore) / 1000 / elapsedMs,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
