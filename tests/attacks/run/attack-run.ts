/** Runs the attacks: starts servers, attacks the servers, and reports the attacks that succeeded. */
import {openStore} from '../../../src/store/connection.ts'
import {hasChromium} from '../../helpers/chromium.ts'
import {runCases} from './cases.ts'
import {Client} from './client.ts'
import {hostileTexts} from './hostile-texts.ts'
import {Issuer, type KeyKind} from './issuer.ts'
import {runMalformed} from './malformed.ts'
import {runMatrix} from './matrix.ts'
import {runPage} from './page.ts'
import {type PlannedOperation, planOperations} from './plans.ts'
import {signIn} from './sign-in.ts'
import {runSockets, type Sample, type SocketsOptions} from './sockets.ts'
import {startTarget, type Target} from './target.ts'
import {runTexts} from './texts.ts'
import {Transcript} from './transcript.ts'
import {createWorld, type World, type WorldTools} from './world.ts'

/**
 * The parts of a run, in the order in which they run. The part `page` shows the texts that the part `texts` has stored.
 * The part `page` runs before the part `cases`, because random requests create thousands of resources.
 */
export const parts = ['operations', 'texts', 'page', 'cases', 'malformed', 'connections'] as const
export type Part = (typeof parts)[number]

export interface AttackOptions {
  parts: readonly Part[]
  /** Returns the URL of a new, empty database. */
  createDatabase: () => Promise<string>
  /**
   * The kinds of keys with which tokens are verified. Each kind has its own server. Only the server of the first kind
   * is attacked with all parts.
   */
  keyKinds: readonly KeyKind[]
  /** Default: all. */
  texts?: Readonly<Record<string, string>>
  /** Selects text fields by their names. Default: all. */
  selectField?: (name: string) => boolean
  /** Selects tokens by their names. The server must refuse all selected tokens. Default: all. */
  selectToken?: (name: string) => boolean
  /** The part `operations` sends one of this number of requests; see `runMatrix`. Default 1: all requests. */
  matrixShare?: number
  /** The number of random requests. */
  cases: number
  /** The seed of the random requests. */
  seed: number
  /** The hostile connections. */
  sockets: Omit<SocketsOptions, 'log'>
  /** Called with each line of progress. */
  log: (line: string) => void
}

export interface AttackResult {
  parts: PartResult[]
  /** For each kind of hostile connection, the growth of the memory and the response times of another client. */
  samples: Sample[]
  /** How many credentials the run has searched for in all logs and responses. */
  credentials: number
  /** The number of bytes of all searched logs and responses. */
  searchedBytes: number
  /** Descriptions of the attacks that succeeded, from all parts. */
  findings: string[]
}

/** The result of one part of a run on one server. */
export interface PartResult {
  part: Part
  keyKind: KeyKind
  seconds: number
  /** What was attacked, and how often. Undefined when the part cannot run on this machine. */
  counts: Record<string, number> | undefined
  /** The number of attacks that succeeded. */
  findings: number
}

/** A server with two organizations. */
interface Scene extends WorldTools {
  target: Target
  port: number
  world: World
  operations: readonly PlannedOperation[]
  cookieName: string
  /** Starts another server on the same database. */
  startTarget(): Promise<Target>
  close(): Promise<void>
}

export async function runAttacks(options: AttackOptions): Promise<AttackResult> {
  const {keyKinds, log} = options
  const transcript = new Transcript()
  const parts: PartResult[] = []
  const samples: Sample[] = []
  const findings: string[] = []
  for (const keyKind of keyKinds) {
    const scene = await openScene(options, keyKind, transcript)
    try {
      for (const part of options.parts) {
        if (part !== 'operations' && keyKind !== keyKinds[0]) continue
        const startedAt = performance.now()
        const outcome = await runPart[part](scene, options).catch(failureOf(part))
        const found = [...outcome.findings, ...missingOf(part, outcome)]
        const seconds = (performance.now() - startedAt) / 1_000
        parts.push({part, keyKind, seconds, counts: outcome.counts, findings: found.length})
        samples.push(...(outcome.samples ?? []))
        findings.push(...found)
        log(`${part} (${keyKind}): ${seconds.toFixed(1)} s, ${found.length} findings`)
      }
      findings.push(...scene.target.errorLines())
    } finally {
      await scene.close()
    }
  }
  findings.push(...transcript.leaks.map(({credential, place}) => `${place} contains ${credential}`))
  const {credentials, searchedBytes} = transcript
  return {parts, samples, credentials, searchedBytes, findings}
}

export interface Outcome {
  counts: PartResult['counts']
  samples?: Sample[]
  findings: string[]
}

type RunPart = (scene: Scene, options: AttackOptions) => Promise<Outcome>

/** Returns a finding for each count that is 0. Without these findings, a part that attacks nothing would pass. */
export function missingOf(part: Part, {counts = {}}: Outcome): string[] {
  return Object.entries(counts)
    .filter(([, count]) => count === 0)
    .map(([name]) => `The part ${part} has no ${name}.`)
}

const runPart: Record<Part, RunPart> = {
  async operations(scene, {selectToken = () => true, matrixShare}) {
    const {issuer, world, transcript, operations} = scene
    const claims = {sub: 'admin', org: world.attacked.claim, role: 'admin'}
    const refusedTokens = Object.fromEntries(
      Object.entries(issuer.refusedTokens(claims)).filter(([name]) => selectToken(name)),
    )
    for (const [name, token] of Object.entries(refusedTokens)) transcript.addCredential(name, token)
    const {cells, findings} = await runMatrix(operations, {...scene, refusedTokens}, matrixShare)
    return {counts: {cells}, findings}
  },
  async texts(scene, {texts = hostileTexts, selectField}) {
    const sent = await runTexts(scene.operations, scene, texts, selectField)
    const counts = {fields: sent.fields, texts: sent.texts, 'stored texts': sent.stored}
    return {counts, findings: sent.findings}
  },
  async cases(scene, options) {
    const {cases, statuses, findings} = await runCases(scene.operations, scene, options)
    const described = [...statuses].map(([status, count]) => `${count} × ${status}`)
    options.log(`the responses to the random requests: ${described.sort().join(', ')}`)
    return {counts: {cases}, findings}
  },
  async malformed({port, world, transcript}) {
    const {requests, findings} = await runMalformed(port, world.attacked.tokens.member, transcript)
    return {counts: {'malformed requests': requests}, findings}
  },
  async connections(scene, {sockets, log}) {
    const {connections, samples, findings} = await runSockets(scene, {...sockets, log})
    return {counts: {connections}, samples, findings}
  },
  async page(scene, {log}) {
    if (!hasChromium) {
      log('There is no Chromium, so the page is not attacked.')
      return {counts: undefined, findings: []}
    }
    const {views, findings} = await runPage(scene, scene.target.url)
    return {counts: {'views of the page': views}, findings}
  },
}

function failureOf(part: Part): (error: Error) => Outcome {
  return ({stack}) => ({counts: {}, findings: [`The part ${part} failed: ${stack}`]})
}

async function openScene(
  {createDatabase}: AttackOptions,
  kind: KeyKind,
  transcript: Transcript,
): Promise<Scene> {
  const databaseUrl = await createDatabase()
  const issuer = new Issuer(kind)
  const start = (logLevel?: string) =>
    startTarget({databaseUrl, issuer, transcript, ...(logLevel && {logLevel})})
  const target = await start()
  const store = await openStore({url: databaseUrl, poolSize: 2})
  const client = new Client(target.url, transcript)
  const tools = {client, db: store.db, issuer, transcript}
  const world = await createWorld(tools)
  return {
    ...tools,
    target,
    port: target.port,
    world,
    operations: planOperations(),
    // The name of the cookie depends on the settings of the server.
    cookieName: (await signIn(client, world.attacked.tokens.member)).split('=')[0]!,
    startTarget: () => start('info'),
    async close() {
      client.close()
      await target.stop()
      await store.close()
    },
  }
}
