/** Measures the memory of a server with many connections whose clients send half of a body or read nothing. */
import {randomBytes} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import {mintToken} from '../../../src/identity/mint-token.ts'
import {type HostileRequest, hostilitiesOf, type NamedHostility} from '../../attacks/run/hostilities.ts'
import type {Load, Processes} from '../processes.ts'
import type {Program} from '../program.ts'
import {formatRequest} from '../requests.ts'
import {atMost, type Result} from '../table.ts'

const connections = 1_000
const heldMs = 3_000
const intervalMs = 250
const largeTasks = 200
const createdAtOnce = 10
const baseMs = 500
const measured = /^(send half a (body|sign-in|delivery)|read nothing|pipeline requests)/

interface Sample {
  name: string
  /** The highest growth of the resident memory in bytes. */
  rss: number
  /** The response time of another client in milliseconds. */
  p50: number
  /** The CPU time that the server has used for the connections and for the other client, in seconds. */
  cpu: number
  failed: number
}

export async function hostileConnections(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const secret = randomBytes(32).toString('hex')
  const settings = {
    DATABASE_URL: await postgres.createDatabase(),
    AUTH_JWT_SECRET: secret,
    SECRETS_KEY: secret, // without this setting, the server rejects deliveries before it reads their bodies
    MAX_STREAMS_PER_USER: String(connections),
    MAX_CONNECTIONS_PER_ADDRESS: '0',
    MAX_CHANGES_PER_MINUTE_PER_USER: '0',
    MAX_STREAM_OPENS_PER_MINUTE: '0',
  }
  const tokenOf = (organization: string) =>
    mintToken({secret}, {subject: 'member', organization, role: 'admin', lifetime: 3600})
  const request = formatRequest('GET', '/projects', await tokenOf('victim'))
  const first = await processes.program(settings)
  const hostile = await makeLargeBoard(first.port, await tokenOf('attacker'))
  await first.stop()
  const clients = {member: processes.load(), attackers: processes.load()}
  const samples: Sample[] = []
  for (const hostility of hostilitiesOf(hostile).filter(({name}) => measured.test(name))) {
    const program = await processes.program(settings)
    samples.push(await measure(program, clients, hostility, request))
    await program.stop()
  }
  const count = connections.toLocaleString('en-US')
  return {
    title: `Memory of a server with ${count} hostile connections`,
    columns: [
      'connections that',
      'RSS MB',
      'server CPU s',
      'p50 of another client ms',
      'its failed requests',
    ],
    lines: samples.map(({name, rss, cpu, p50, failed}) => [name, rss / 1e6, cpu, p50, failed]),
    notes: [
      `The memory is the highest growth of the process until the other client has its last response, at least ${heldMs / 1_000} s, without a garbage collection. Each line has its own server. 1 MB is 1,000,000 bytes.`,
      `The large page and the large board have ${largeTasks} tasks with descriptions of 10,000 control characters.`,
    ],
    bars: [
      atMost(
        `RSS with ${count} hostile connections, beyond base`,
        150,
        'MB',
        Math.max(...samples.map(({rss}) => rss)) / 1e6,
      ),
      atMost(
        'failed requests of another client',
        0,
        '',
        samples.reduce((sum, {failed}) => sum + failed, 0),
      ),
    ],
  }
}

async function measure(
  program: Program,
  {member, attackers}: {member: Load; attackers: Load},
  hostility: NamedHostility,
  request: string,
): Promise<Sample> {
  const {port} = program
  const ask = (milliseconds: number) => member.call('ask', {port, request, milliseconds, pauseMs: 20})
  await ask(baseMs)
  const [base, cpuBefore] = [program.rss(), program.cpu()]
  await attackers.call('openCrowd', {port, count: connections, hostility})
  let hasEnded = false
  const asked = ask(heldMs).finally(() => {
    hasEnded = true
  })
  let highest = program.rss()
  while (!hasEnded) {
    await delay(intervalMs)
    highest = Math.max(highest, program.rss())
  }
  const {p50, failed} = await asked
  const cpu = (program.cpu() - cpuBefore) / 1e6
  await attackers.call('closeCrowd')
  return {name: hostility.name, rss: highest - base, cpu, p50, failed}
}

async function makeLargeBoard(port: number, token: string): Promise<HostileRequest> {
  const post = async (path: string, body: object) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method: 'POST',
      headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(await response.text())
    return ((await response.json()) as {id: string}).id
  }
  const project = await post('/projects', {name: 'Large'})
  const sprint = await post(`/projects/${project}/sprints`, {name: 'Large'})
  const story = await post(`/projects/${project}/stories`, {title: 'Large', sprint_id: sprint})
  const description = '\u0001'.repeat(10_000)
  for (let count = 0; count < largeTasks; count += createdAtOnce) {
    const some = Array.from({length: createdAtOnce}, () => ({title: 'Large', description}))
    await Promise.all(some.map(task => post(`/stories/${story}/tasks`, task)))
  }
  return {token, sprint, story, project}
}
