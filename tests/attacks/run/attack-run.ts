/** One run of the attacks: starts servers, attacks them, and reports what succeeded. */
import {openStore} from '../../../src/store/connection.ts'
import {runCases} from './cases.ts'
import {Client} from './client.ts'
import {hostileTexts} from './hostile-texts.ts'
import {Issuer, type KeyKind} from './issuer.ts'
import {runMalformed} from './malformed.ts'
import {runMatrix} from './matrix.ts'
import {planOperations} from './plans.ts'
import {runSockets, type Sample, type SocketsOptions} from './sockets.ts'
import {startTarget, type Target} from './target.ts'
import {runTexts} from './texts.ts'
import {Transcript} from './transcript.ts'
import {createWorld, type World, type WorldTools} from './world.ts'

export interface AttackOptions {
  /** Returns the URL of a new, empty database. */
  createDatabase: () => Promise<string>
  /** The kinds of keys with which tokens are verified. Each kind has its own server. */
  keyKinds: readonly KeyKind[]
  /** Default: all. */
  texts?: Readonly<Record<string, string>>
  /** Selects text fields by their names. Default: all. */
  selectField?: (name: string) => boolean
  /** Selects the tokens that the server must refuse, by their names. Default: all. */
  selectToken?: (name: string) => boolean
  /** The number of random requests. */
  cases: number
  /** The seed of the random requests. */
  seed: number
  /** The hostile connections. */
  sockets: SocketsOptions
  /** Called with each line of progress. */
  log: (line: string) => void
}

export interface AttackResult {
  /** What was attacked, and how often. */
  counts: Record<string, number>
  /** What the hostile connections caused. */
  samples: Sample[]
  /** Attacks that succeeded. */
  findings: string[]
}

/** A server with two organizations. */
interface Scene extends WorldTools {
  target: Target
  world: World
  /** Starts another server on the same database. */
  startTarget(): Promise<Target>
  close(): Promise<void>
}

export async function runAttacks(options: AttackOptions): Promise<AttackResult> {
  const {keyKinds, texts = hostileTexts, selectField, selectToken = () => true, log} = options
  const operations = planOperations()
  const transcript = new Transcript()
  const findings: string[] = []
  const counts: Record<string, number> = {cells: 0}
  const samples: Sample[] = []
  const measure = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now()
    const result = await work()
    log(`${name} took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    return result
  }
  for (const kind of keyKinds) {
    const scene = await openScene(options, kind, transcript)
    const {target, client, world, issuer} = scene
    const cookieName = await cookieNameOf(client, world)
    const claims = {sub: 'admin', org: world.attacked.claim, role: 'admin'}
    const refusedTokens = Object.fromEntries(
      Object.entries(issuer.refusedTokens(claims)).filter(([name]) => selectToken(name)),
    )
    for (const [name, token] of Object.entries(refusedTokens)) transcript.addCredential(name, token)
    const matrix = await measure(`all operations, keys: ${kind}`, () =>
      runMatrix(operations, {...scene, cookieName, refusedTokens}),
    )
    counts.cells! += matrix.cells
    findings.push(...matrix.findings)
    if (kind === keyKinds[0]) {
      const sent = await measure('all text fields', () =>
        runTexts(operations, {...scene, port: target.port}, texts, selectField),
      )
      Object.assign(counts, {fields: sent.fields, texts: sent.texts, 'stored texts': sent.stored})
      findings.push(...sent.findings)
      const random = await measure('random requests', () =>
        runCases(operations, {...scene, port: target.port}, options),
      )
      log(`statuses of the random requests: ${describe(random.statuses)}`)
      counts.cases = random.cases
      findings.push(...random.findings)
      const malformed = await measure('malformed requests', () =>
        runMalformed(target.port, world.attacked.tokens.member, transcript),
      )
      counts['malformed requests'] = malformed.requests
      findings.push(...malformed.findings)
      const sockets = await measure('hostile connections', () => runSockets(scene, options.sockets))
      counts.connections = sockets.connections
      findings.push(...sockets.findings)
      samples.push(...sockets.samples)
    }
    findings.push(...target.errorLines())
    await scene.close()
  }
  findings.push(...transcript.leaks.map(({credential, place}) => `${place} contains ${credential}`))
  return {
    counts: {...counts, credentials: transcript.credentials, bytes: transcript.searchedBytes},
    samples,
    findings,
  }
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
  return {
    ...tools,
    target,
    startTarget: () => start('info'),
    world: await createWorld(tools),
    async close() {
      client.close()
      await target.stop()
      await store.close()
    },
  }
}

/** The name of the cookie depends on the settings of the server, so a sign-in finds the name. */
async function cookieNameOf(client: Client, {attacked}: World): Promise<string> {
  const token = attacked.tokens.member
  const headers = {'sec-fetch-site': 'same-origin'}
  const signIn = {method: 'POST', path: '/api/v1/session', headers, body: {token}}
  const answer = await client.send(signIn, [token])
  return answer.headers['set-cookie']!.split('=')[0]!
}

function describe(statuses: ReadonlyMap<number, number>): string {
  return [...statuses]
    .sort(([one], [other]) => one - other)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ')
}
