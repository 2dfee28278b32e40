/** Opens hostile connections, and checks that the server stays up and answers another client. */
import {setTimeout as delay} from 'node:timers/promises'
import {Client, requireSuccess, sendAs} from './client.ts'
import {Crowd} from './crowd.ts'
import {type HostileRequest, hostilitiesOf, type NamedHostility} from './hostilities.ts'
import {inParallel} from './in-parallel.ts'
import type {Target} from './target.ts'
import type {World, WorldTools} from './world.ts'

export interface SocketsOptions {
  /** The number of connections of each kind. */
  connections: number
  /** How long the connections stay open, in milliseconds. */
  holdMs: number
  /**
   * Whether each kind of connections attacks a separate server. When true, the run measures how much memory each kind
   * needs. To save time, two kinds then attack at the same time, each kind its own server. When false, all kinds attack
   * the same server one after another, and the run does not check whether the server closes the connections.
   */
  isThorough: boolean
  /** Called with each line of progress. */
  log: (line: string) => void
}

/** What the connections of one kind caused. */
export interface Sample {
  name: string
  /** The growth of the resident memory, in MB. */
  megabytes: number
  /** The response time of another client, in milliseconds. */
  p50: number
  longest: number
}

export interface SocketsResult {
  connections: number
  samples: Sample[]
  findings: string[]
}

const victimRequests = 10
const maxHoldMs = 15_000 // after this time, the client that measures response times sends no more requests
// Node looks every 30 s for requests that exceed a time limit. The longest of these time limits is 30 s. Node may
// therefore close a connection only after 60 s.
const closeMs = 90_000
const kindsAtOnce = 2
// If the memory of the server grows by more than this limit, the run reports a finding.
const maxMegabytes = 1_000

/** The part of a server that this file uses. */
export type AttackedServer = Pick<Target, 'url' | 'port' | 'isRunning' | 'rss' | 'stop'>

export interface SocketsTools extends WorldTools {
  target: AttackedServer
  world: World
  /** Starts another server on the same database. */
  startTarget: () => Promise<AttackedServer>
}

export async function runSockets(tools: SocketsTools, options: SocketsOptions): Promise<SocketsResult> {
  const {isThorough, connections} = options
  const hostilities = hostilitiesOf(await prepare(tools, isThorough))
  const samples: Sample[] = []
  const findings: string[] = []
  // The server of `checkClosing` closes most connections after 30 s. While `checkClosing` waits, the attacks on the
  // other servers run.
  const closing = isThorough ? checkClosing(hostilities, tools) : Promise.resolve([])
  closing.catch(() => {}) // `await closing` below throws the error
  const attack = async (hostility: NamedHostility) => {
    const target = isThorough ? await tools.startTarget() : tools.target
    const client = new Client(target.url, tools.transcript)
    const sample = await measure(hostility, target, client, tools.world, options)
    findings.push(...sample.findings.map(finding => `Connections that ${hostility.name}: ${finding}`))
    samples.push(sample)
    options.log(describeSample(sample))
    client.close()
    if (isThorough) await target.stop()
  }
  await inParallel(hostilities, attack, isThorough ? kindsAtOnce : 1)
  findings.push(...(await closing))
  return {connections: connections * hostilities.length, samples, findings}
}

function describeSample({name, megabytes, p50, longest}: Sample): string {
  const memory = `${Math.round(megabytes)} MB`
  return `connections that ${name}: ${memory}, another client waits ${Math.round(p50)} ms (p50) and ${Math.round(longest)} ms (longest)`
}

async function measure(
  hostility: NamedHostility,
  target: AttackedServer,
  client: Client,
  {other}: World,
  {connections, holdMs}: SocketsOptions,
): Promise<Sample & {findings: string[]}> {
  const victim = sendAs(client, other.tokens.member)
  const findings: string[] = []
  const times: number[] = []
  const ask = async (moment: string) => {
    const startedAt = performance.now()
    const {status} = await victim({method: 'GET', path: '/api/v1/projects'})
    times.push(performance.now() - startedAt)
    if (status !== 200) findings.push(`${moment}, the status of another client is ${status}`)
  }
  await ask('before')
  const base = target.rss()
  const crowd = await Crowd.open(target.port, connections, hostility)
  let highest = target.isRunning ? target.rss() : 0
  times.length = 0
  const latest = performance.now() + maxHoldMs
  for (let count = 0; count < victimRequests && performance.now() < latest; count++) {
    await ask('meanwhile')
    if (target.isRunning) highest = Math.max(highest, target.rss())
    await delay(holdMs / victimRequests)
  }
  for (const [status, count] of crowd.statuses) {
    if (status >= 500 && status !== 503) findings.push(`${count} responses have the status ${status}`)
  }
  crowd.close()
  const sorted = times.toSorted((one, other) => one - other)
  await ask('afterwards')
  if (!target.isRunning) findings.push('the server has exited')
  const megabytes = (highest - base) / 1e6
  if (megabytes > maxMegabytes) findings.push(`the memory of the server grows by ${Math.round(megabytes)} MB`)
  return {
    name: hostility.name,
    megabytes,
    p50: sorted[Math.floor(sorted.length / 2)]!,
    longest: sorted.at(-1)!,
    findings,
  }
}

/**
 * Opens five connections of every kind that the server must close. Returns a finding for each kind with a connection
 * that stays open. If a socket reads nothing, the socket notices a closed connection only when a write fails.
 * Therefore, such a socket sends empty lines.
 */
export async function checkClosing(
  hostilities: readonly NamedHostility[],
  {startTarget}: Pick<SocketsTools, 'startTarget'>,
  withinMs = closeMs,
): Promise<string[]> {
  const target = await startTarget()
  const checked = hostilities
    .filter(({mustClose}) => mustClose)
    .map(hostility => (hostility.reads ? hostility : {...hostility, drip: '\r\n'}))
  const crowds = await Promise.all(checked.map(hostility => Crowd.open(target.port, 5, hostility)))
  const closed = await Promise.all(crowds.map(crowd => crowd.closedWithin(withinMs)))
  for (const crowd of crowds) crowd.close()
  await target.stop()
  return checked
    .filter((_, index) => !closed[index])
    .map(({name}) => `Connections that ${name}: the server does not close them`)
}

/** Creates a story with many tasks whose descriptions are long. In JSON, each control character has 6 bytes. */
async function prepare({client, world}: SocketsTools, isThorough: boolean): Promise<HostileRequest> {
  const {attacked} = world
  const send = sendAs(client, attacked.tokens.admin)
  const post = async (path: string, body: object) =>
    (await requireSuccess(send({method: 'POST', path: `/api/v1${path}`, body}))).body.id as string
  const {project} = attacked.ids
  const sprint = await post(`/projects/${project}/sprints`, {name: 'Large'})
  const story = await post(`/projects/${project}/stories`, {title: 'Large', sprint_id: sprint})
  const tasks = isThorough ? 200 : 20
  const description = '\u0001'.repeat(10_000)
  for (let count = 0; count < tasks; count++)
    await post(`/stories/${story}/tasks`, {title: 'Large', description})
  return {token: attacked.tokens.member, sprint, story, project}
}
