/** One fault run: starts the system and its users, causes and ends the planned faults, and checks the result. */
import {setTimeout as delay} from 'node:timers/promises'
import {BoardKeeper} from './board-keeper.ts'
import {check, type Evidence, type Log, type Verdict} from './checker.ts'
import {type BusKind, type Cluster, startCluster} from './cluster.ts'
import type {DiskKind} from './database.ts'
import {describeDisk, type FaultKind, faultKindsOf} from './faults.ts'
import type {GhostRecord} from './ghosts.ts'
import {FaultHistory} from './history.ts'
import {PresenceWatch} from './presence.ts'
import {Random} from './random.ts'
import {Requester} from './requester.ts'
import {type PlannedFault, planFaults} from './schedule.ts'
import {
  chooseSelection,
  followWithClient,
  followWithReader,
  type Subscriber,
  type Subscription,
} from './subscribers.ts'
import {createWorld, type Member, type Organization, type World} from './world.ts'
import {Writer} from './writers.ts'

export interface FaultRunOptions {
  seed: number
  bus: BusKind
  /** How the disk of the database becomes full. */
  disk: DiskKind
  /**
   * How long faults occur. The whole run takes longer than this time, because the run starts the system before the
   * first fault and waits for the subscribers after the last fault.
   */
  seconds: number
  subscribers: number
  writers: number
  /** The number of members who keep a board with the client and change it. */
  boards: number
  /** The number of members who only keep a board with the client. All kept boards are compared with the checkpoints. */
  boardReaders: number
  /** The number of raw streams whose checkpoints are compared with boards that are built from the log. */
  digestReaders: number
  /** The number of boards that members look at with presence. Each board has three such members. */
  presence: number
  /** Selects kinds of faults. Default: all kinds. */
  select?: (kind: FaultKind) => boolean
  /** Called with each line of progress. */
  log: (line: string) => void
}

export interface FaultRunResult extends Verdict {
  /** How many faults of each kind occurred. */
  faults: Map<string, number>
  /** Faults that could not be caused or ended. */
  failedFaults: string[]
  /** Members who left a board because a server was killed, or because they closed their stream, over all boards. */
  absences: Pick<GhostRecord, 'afterKill' | 'afterClose'>
  /** How many requests had each outcome. */
  outcomes: Map<string, number>
  /** How many requests had an idempotency key, and how many of these requests were sent more than once. */
  keyed: {requests: number; repeated: number}
  /** How many responses had each status and code, for example `503 store-unavailable`. */
  answers: Map<string, number>
  /** The number of events in all logs. */
  events: number
  /** How many servers exited with each code after SIGTERM. */
  stops: Map<string, number>
  /** The exits of servers that the run did not cause, and all exit codes other than 0 at the end of the run. */
  crashes: string[]
  /** The number of log lines with the level `error` or higher. The keys are the messages of the lines. */
  errors: Map<string, number>
}

/** Resolves with undefined when this platform has no Postgres. */
export async function runFaults(options: FaultRunOptions): Promise<FaultRunResult | undefined> {
  const random = new Random(options.seed)
  const cluster = await startCluster(options, random.fork())
  if (!cluster) return undefined
  try {
    return await runOn(cluster, random, options)
  } finally {
    await cluster.stop()
  }
}

async function runOn(cluster: Cluster, random: Random, options: FaultRunOptions): Promise<FaultRunResult> {
  const {log, seconds, select = () => true} = options
  const kinds = faultKindsOf(options.bus).filter(select)
  const plan = planFaults(random.fork(), seconds, kinds)
  const history = new FaultHistory()
  const users = await createUsers(cluster, history, random.fork(), options)
  log(`${plan.length} faults of ${kinds.length} kinds in ${seconds} s`)
  log(`full disk: ${describeDisk(cluster.database.disk)}`)
  users.start()
  const {caused, failed: failedFaults} = await cause(cluster, plan, seconds, history, log)
  const visits = users.stopVisits()
  log('all faults have ended')
  await cluster.heal()
  log('all servers are ready')
  try {
    await visits
    await users.stopChanges()
    log('all changes have ended')
    const logs = await users.settle(log)
    const evidence = await users.evidence(logs)
    users.close()
    const codes = await cluster.stopServers()
    const errorLines = cluster.servers.flatMap(server => server.errorLines())
    for (const line of errorLines) if (!line.includes('"code":"store-')) log(line)
    const keyed = evidence.requests.filter(({idempotencyKey}) => idempotencyKey)
    const faults = countBy(caused, name => name)
    return {
      ...check(evidence),
      faults,
      failedFaults,
      absences: users.absences(),
      outcomes: countBy(evidence.requests, ({outcome}) => outcome),
      keyed: {
        requests: keyed.length,
        repeated: keyed.filter(({attempts = 1}) => attempts > 1).length,
      },
      answers: users.answers(),
      events: [...logs.values()].reduce((sum, {entries}) => sum + entries.length, 0),
      stops: countBy(
        cluster.servers.flatMap(({stops}) => stops),
        String,
      ),
      crashes: [
        ...cluster.servers.flatMap(({crashes}) => crashes),
        ...codes.filter(code => code !== 0).map(code => `exit code ${code} after the last SIGTERM`),
      ],
      errors: countBy(errorLines, messageOf),
    }
  } finally {
    users.close()
  }
}

/**
 * Causes the faults at their times. Resolves when the last fault has ended. `caused` contains the names of the caused
 * faults. `failed` contains the errors of the faults that could not be caused or ended.
 */
async function cause(
  cluster: Cluster,
  plan: readonly PlannedFault[],
  seconds: number,
  history: FaultHistory,
  log: (line: string) => void,
): Promise<{caused: string[]; failed: string[]}> {
  const caused: string[] = []
  const failed: string[] = []
  const startedAt = performance.now()
  // A fault can take longer than planned. When the next fault uses the same part of the system, the next fault waits
  // until the earlier fault has ended.
  const ends = new Map<string, Promise<unknown>>()
  for (const {kind, atMs, lastsMs, server, seed} of plan) {
    await delay(Math.max(0, startedAt + atMs - performance.now()))
    const parts = kind.uses(server)
    const earlier = Promise.all(parts.map(part => ends.get(part)))
    const end = earlier.then(async () => {
      if (performance.now() - startedAt > seconds * 1_000) return
      caused.push(kind.name)
      log(`${kind.name}, server ${server}`)
      const end = history.begin(kind.name)
      await kind
        .cause({cluster, server: cluster.servers[server]!, lastsMs, random: new Random(seed)})
        .catch(error => failed.push(`${kind.name}: ${error.message}`))
        .finally(end)
    })
    for (const part of parts) ends.set(part, end)
  }
  await Promise.all(ends.values())
  return {caused, failed}
}

const settleTimeoutMs = 120_000
const corruptionIntervalMs = 500

/** The users of the system: writers, subscribers, and board keepers (see `BoardKeeper`). */
class Users {
  readonly #cluster: Cluster
  readonly #world: World
  readonly #writers: Writer[]
  readonly #subscribers: Subscriber[]
  readonly #boards: BoardKeeper[]
  readonly #watches: PresenceWatch[]
  readonly #changingBoards: number
  readonly #random: Random
  #corruptions: NodeJS.Timeout | undefined
  #sprintChanges = 0

  constructor(
    cluster: Cluster,
    world: World,
    users: {
      writers: Writer[]
      subscribers: Subscriber[]
      boards: BoardKeeper[]
      /** The number of boards, from the start of the list, whose members make changes. */
      changingBoards: number
      watches: PresenceWatch[]
      random: Random
    },
  ) {
    this.#cluster = cluster
    this.#world = world
    this.#writers = users.writers
    this.#subscribers = users.subscribers
    this.#boards = users.boards
    this.#watches = users.watches
    this.#changingBoards = users.changingBoards
    this.#random = users.random
  }

  start(): void {
    const changing = this.#boards.slice(0, this.#changingBoards)
    for (const user of [...this.#writers, ...changing, ...this.#watches]) user.start()
    this.#corruptions = setInterval(() => this.#random.pick(this.#boards).corrupt(), corruptionIntervalMs)
  }

  /** Corrupts no more boards. Resolves when all visitors of boards have left. */
  async stopVisits(): Promise<void> {
    clearInterval(this.#corruptions)
    await Promise.all(this.#watches.map(watch => watch.stopVisits()))
  }

  /** Resolves when every change has ended. The last changes are made after all faults. */
  async stopChanges(): Promise<void> {
    await Promise.all([
      ...this.#writers.map(writer => writer.stop()),
      ...this.#boards.map(b => b.stopChanges()),
    ])
    await Promise.all(this.#writers.map(writer => writer.createLastTask()))
    await this.#changeSprints()
  }

  /** Changes every sprint, so that a checkpoint of every board follows. */
  async #changeSprints(): Promise<void> {
    for (const {members, projects} of this.#world.organizations) {
      const requester = new Requester(this.#cluster.url, members[0]!.token)
      for (const id of projects.flatMap(({sprints}) => sprints)) {
        const change = () =>
          requester.send('PATCH', `/sprints/${id}`, {body: {goal: `Change ${++this.#sprintChanges}`}})
        while ((await change())?.status !== 200) await delay(500)
      }
      requester.close()
    }
  }

  /** Waits until every stream has reached the end of its log. Returns the logs. */
  async settle(log: (line: string) => void): Promise<Map<string, Log>> {
    const latest = Date.now() + settleTimeoutMs
    await this.#reachEnd(latest, log)
    if (this.#boards.some(({isSound}) => !isSound)) {
      // Checkpoints follow only after changes. One checkpoint can find a corruption, and the next one shows its repair.
      await this.#compareCorrupted(latest)
      log('every board has been compared after its last corruption')
      await this.#reachEnd(latest, log)
    }
    // Waits for two more heartbeats of every subscriber, because a repeated event would arrive before these
    // heartbeats.
    const beats = new Map(this.#subscribers.map(one => [one, one.beats]))
    const waiting = () => this.#subscribers.filter(one => one.beats < beats.get(one)! + 2).length
    while (waiting() > 0 && Date.now() < latest) await delay(100)
    log('every stream has received further heartbeats')
    return readLogs(this.#cluster, this.#world)
  }

  async #reachEnd(latest: number, log: (line: string) => void): Promise<void> {
    const logs = await readLogs(this.#cluster, this.#world)
    const isAtEnd = ({reached, isLive}: {reached: string | undefined; isLive: boolean}) =>
      isLive && [...logs.values()].some(({epoch, entries}) => reached === `${epoch}-${entries.length}`)
    const all = [...this.#subscribers, ...this.#boards]
    const late = () => all.filter(one => !isAtEnd(one)).length
    while (late() > 0 && Date.now() < latest) await delay(100)
    log(`${all.length - late()} of ${all.length} streams have reached the end of their log`)
  }

  async #compareCorrupted(latest: number): Promise<void> {
    const corrupted = () => this.#boards.some(({isSound}) => !isSound)
    while (corrupted() && Date.now() < latest) {
      await this.#changeSprints()
      for (let waited = 0; corrupted() && waited < 5_000; waited += 100) await delay(100)
    }
  }

  async evidence(logs: Map<string, Log>): Promise<Evidence> {
    const boards = await Promise.all(this.#boards.map(board => board.compare()))
    const presence = await Promise.all(this.#watches.map(watch => watch.settle()))
    return {
      logs,
      boards,
      presence: presence.flat(),
      ghosts: this.#watches.flatMap(watch => watch.ghosts().ghosts),
      subscribers: this.#subscribers.map(subscriber => subscriber.record()),
      requests: [...this.#writers, ...this.#boards].flatMap(({records}) => records),
      tasks: await readTasks(this.#cluster, this.#world),
    }
  }

  absences(): FaultRunResult['absences'] {
    const records = this.#watches.map(watch => watch.ghosts())
    const all = (how: 'afterKill' | 'afterClose') => ({
      absences: records.reduce((total, record) => total + record[how].absences, 0),
      longestMs: Math.max(0, ...records.map(record => record[how].longestMs)),
    })
    return {afterKill: all('afterKill'), afterClose: all('afterClose')}
  }

  answers(): Map<string, number> {
    const total = new Map<string, number>()
    for (const {answers} of this.#writers) {
      for (const [label, count] of answers) total.set(label, (total.get(label) ?? 0) + count)
    }
    return total
  }

  close(): void {
    clearInterval(this.#corruptions)
    for (const user of [...this.#subscribers, ...this.#boards, ...this.#watches]) user.close()
  }
}

async function createUsers(
  cluster: Cluster,
  history: FaultHistory,
  random: Random,
  options: FaultRunOptions,
): Promise<Users> {
  const {url, servers} = cluster
  const names = Array.from({length: 4}, (_, index) => `member-${index}`)
  const world = await createWorld(cluster, names)
  const logs = await readLogs(cluster, world)
  const organizationAt = (index: number) => world.organizations[index % world.organizations.length]!
  const writers = Array.from({length: options.writers}, (_, index) => {
    const organization = organizationAt(index)
    return new Writer(`w${index}`, url, organization, memberOf(organization, index), random.fork())
  })
  const subscriptionAt = (name: string, index: number): Subscription => {
    const organization = organizationAt(index)
    const {epoch, entries} = logs.get(organization.id)!
    return {
      name,
      url,
      organization,
      member: memberOf(organization, index),
      selection: chooseSelection(random, organization),
      start: random.chance(0.3) ? 'earliest' : `${epoch}-${entries.length}`,
    }
  }
  const subscribers = Array.from({length: options.subscribers}, (_, index) =>
    index % 2 === 0
      ? followWithReader(subscriptionAt(`reader ${index}`, index), random.fork())
      : followWithClient(subscriptionAt(`client ${index}`, index)),
  )
  const onBoard = (subscription: Subscription): Subscription => {
    // One sprint of each project is enough: stories move between this sprint and the others. With fewer boards, more
    // clients compare each checkpoint.
    const {sprints} = random.pick(subscription.organization.projects)
    return {...subscription, selection: {topics: ['tasks'], sprint_id: [sprints[0]!]}}
  }
  for (let index = 0; index < options.digestReaders; index++) {
    subscribers.push(followWithReader(onBoard(subscriptionAt(`digests ${index}`, index)), random.fork()))
  }
  const boards = Array.from({length: options.boards + options.boardReaders}, (_, index) => {
    const subscription = onBoard(subscriptionAt(`board ${index}`, index))
    // Only a `BoardKeeper` makes changes as the last member. Writers never use the last member (see `memberOf`).
    return new BoardKeeper(
      {...subscription, member: subscription.organization.members.at(-1)!},
      random.fork(),
    )
  })
  const watches = Array.from({length: options.presence}, (_, index) => {
    const organization = organizationAt(index)
    const sprints = sprintsOf(organization.projects)
    return new PresenceWatch({
      name: `presence ${index}`,
      url,
      organization,
      // A member of one watch must not be present because of another watch.
      sprintId: sprints[Math.floor(index / world.organizations.length) % sprints.length]!,
      servers,
      history,
      random: random.fork(),
    })
  })
  return new Users(cluster, world, {
    writers,
    subscribers,
    boards,
    changingBoards: options.boards,
    watches,
    random: random.fork(),
  })
}

function sprintsOf(projects: Organization['projects']): string[] {
  return projects.flatMap(({sprints}) => sprints)
}

/** Never returns the last member of the organization. Only a `BoardKeeper` makes changes as this last member. */
function memberOf({members}: Organization, index: number): Member {
  return members[Math.floor(index / 4) % (members.length - 1)]!
}

async function readLogs({database}: Cluster, {organizations}: World): Promise<Map<string, Log>> {
  const logs = new Map<string, Log>()
  for (const {id} of organizations) {
    const [stream] = await database.query<{epoch: string}>(
      'select epoch from event_streams where organization_id = $1',
      [id],
    )
    const entries = await database.query<Log['entries'][number] & {seq: string}>(
      'select seq::int, type, recipients, data from events where organization_id = $1 order by seq',
      [id],
    )
    logs.set(id, {epoch: stream!.epoch, entries})
  }
  return logs
}

async function readTasks({database}: Cluster, {organizations}: World) {
  const tasks = new Map<string, Map<string, number>>()
  for (const {id} of organizations) {
    const rows = await database.query<{id: string; version: number}>(
      'select id, version from tasks where organization_id = $1',
      [id],
    )
    tasks.set(id, new Map(rows.map(({id, version}) => [id, version])))
  }
  return tasks
}

function countBy<T>(items: readonly T[], labelOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(labelOf(item), (counts.get(labelOf(item)) ?? 0) + 1)
  return counts
}

/**
 * Returns the message and the error of a log line, with `N` in place of each number, so that equal errors have the same
 * result.
 */
function messageOf(line: string): string {
  try {
    const {msg, err} = JSON.parse(line)
    const cause = err?.cause ? ` (${err.cause.message ?? err.cause})` : ''
    const message = `${msg}: ${err?.code ?? err?.type ?? ''} ${err?.message ?? ''}${cause}`
    return message.replaceAll(/\d+/g, 'N').slice(0, 200)
  } catch {
    return line.slice(0, 200)
  }
}
