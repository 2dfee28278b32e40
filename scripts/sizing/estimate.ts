/** Estimates what an installation needs: machines, memory, bandwidth and database load. */
import {defaultLimits} from '../../src/live/limits.ts'
import type {Figures} from './figures.ts'

/** The load of the installation at its busiest time. */
export interface Load {
  streams: number
  organizations: number
  changesPerSecond: number
  /** The number of events that one stream receives per minute. */
  eventsPerStream: number
}

interface Assumption {
  /** The default. Undefined when the `Figures` of the measured machine contain the default. */
  value: number | undefined
  meaning: string
}

/** Values that the bench does not measure. */
export const assumptions = {
  cores: {value: undefined, meaning: 'cores of a machine (default: as many as the measured machine has)'},
  memoryGib: {
    value: undefined,
    meaning: 'GiB of memory of a machine (default: as much as the measured machine has)',
  },
  spareMachines: {value: 1, meaning: 'machines that may fail at the same time'},
  cpuShare: {value: 0.5, meaning: 'share of the cores that the steady load may use'},
  memoryShare: {value: 0.7, meaning: 'share of the memory that Boardcast may use'},
  recoverySeconds: {value: 30, meaning: 'seconds in which all streams must be able to reconnect'},
  eventsPerChange: {value: 1.2, meaning: 'events of a change'},
  heartbeatSeconds: {value: 15, meaning: 'HEARTBEAT_SECONDS'},
  poolSize: {value: 10, meaning: 'POOL_SIZE of each process'},
  eventBytes: {value: 350, meaning: 'bytes of an event in a stream'},
  heartbeatBytes: {value: 160, meaning: 'bytes of a heartbeat in a stream'},
  packetBytes: {value: 90, meaning: 'bytes that Ethernet, IP, TCP and TLS add to each write'},
  processBytes: {value: 150e6, meaning: 'bytes of memory of a process without streams'},
  socketBytes: {value: 4_096, meaning: 'bytes of memory of the kernel for an idle connection'},
  announcementUs: {value: 30, meaning: 'µs of CPU time of a process for a received announcement'},
  pollUs: {value: 3, meaning: 'µs of CPU time of a process to check the head of one log in a poll'},
  announceUs: {value: 110, meaning: 'µs of CPU time of Postgres to accept one announcement'},
  notifyUs: {value: 30, meaning: 'µs of CPU time of Postgres to notify one process of one announcement'},
  headUs: {value: 2, meaning: 'µs of CPU time of Postgres to read the head of one log in a poll'},
  databaseShare: {value: 0.5, meaning: "share of the database's cores that the load may use"},
  databaseCores: {value: 32, meaning: 'cores of the largest database machine that you would use'},
  rowBytes: {value: 700, meaning: 'bytes on the disk of Postgres for an event, with its indexes'},
  retentionDays: {value: 7, meaning: 'EVENT_RETENTION_DAYS'},
  averageShare: {value: 0.2, meaning: 'average changes per second, as a share of the busiest time'},
  maxConnections: {value: 100, meaning: 'max_connections of Postgres (its default)'},
  reservedConnections: {value: 3, meaning: 'superuser_reserved_connections of Postgres (its default)'},
  portsPerAddress: {
    value: 28_232,
    meaning: "ports of a balancer's address for connections to one address and port (the default of Linux)",
  },
} as const satisfies Record<string, Assumption>

export type AssumptionName = keyof typeof assumptions
export type Assumptions = Record<AssumptionName, number>

/** Returns the value of every assumption: the given value, or the default. */
export function assume(figures: Figures, given: Partial<Assumptions> = {}): Assumptions {
  const defaults = Object.entries(assumptions).map(([name, {value}]) => [name, value])
  const measured = {cores: figures.cores, memoryGib: figures.memoryBytes / 2 ** 30}
  return {...Object.fromEntries(defaults), ...measured, ...given}
}

/** A requirement that determines the minimum number of machines. */
export type MachineLimit = 'CPU' | 'memory' | 'reconnects'

/** A resource that is exhausted when the load grows too much. */
export interface Ceiling {
  name: string
  /**
   * The factor by which the load can grow until this resource is exhausted. If the factor is lower than 1, the resource
   * is already exhausted.
   */
  headroom: number
  remedy: string
}

export interface Estimate {
  /** The number of machines, including the spare machines. */
  machines: number
  /** For each requirement, the minimum number of machines, without the spare machines. */
  machinesFor: Record<MachineLimit, number>
  processes: number
  streamsPerMachine: number
  /** The number of streams of a machine when the spare machines have failed. */
  streamsPerMachineAfterFailure: number
  streamsPerProcess: number
  organizationsPerProcess: number
  deliveriesPerSecond: number
  heartbeatsPerSecond: number
  /** The cores that all processes use together, by the kind of work. */
  coresFor: Record<'events' | 'deliveries' | 'heartbeats' | 'changes' | 'announcements' | 'polls', number>
  memoryBytesPerMachine: number
  /** Seconds until all streams are open again: the CPU time for opening the streams, divided by the number of cores. */
  secondsToReconnectAll: number
  /** Seconds until the streams of one failed machine are open on the other machines. */
  secondsToReconnectOneMachine: number
  megabitsPerSecond: number
  megabitsPerSecondPerMachine: number
  database: {
    connections: number
    /** The cores that the load uses, by the kind of work. */
    coresFor: Record<'changes' | 'polls' | 'notifications', number>
    /** The cores that the database machine needs. The load uses at most the share `databaseShare` of these cores. */
    cores: number
    logBytes: number
  }
  balancerAddresses: number
  /** Sorted by headroom: the resource with the smallest headroom comes first. */
  ceilings: Ceiling[]
}

const pollsPerSecond = 1_000 / defaultLimits.pollIntervalMs
// A process should spend at most this share of its time on the announcements of other processes.
const announcementShare = 0.25

/** This function is pure: with the same arguments, the result is always the same. */
export function estimate(figures: Figures, load: Load, assumed: Assumptions): Estimate {
  const usableBytes = assumed.memoryGib * 2 ** 30 * assumed.memoryShare
  const machinesFor: Record<MachineLimit, number> = {
    CPU: fewestMachines(machines => {
      const cores = machines * assumed.cores
      return sumOf(coresUsed(figures, load, assumed, cores)) <= cores * assumed.cpuShare
    }),
    memory: fewestMachines(machines => memoryPerMachine(figures, load, assumed, machines) <= usableBytes),
    reconnects: fewestMachines(
      machines => secondsToOpen(figures, load.streams, machines * assumed.cores) <= assumed.recoverySeconds,
    ),
  }
  const needed = Math.max(...Object.values(machinesFor))
  const machines = needed + assumed.spareMachines
  const processes = machines * assumed.cores
  const streamsPerMachine = load.streams / machines
  const heartbeatsPerSecond = load.streams / assumed.heartbeatSeconds
  const deliveriesPerSecond = deliveriesOf(load)
  const bytesPerSecond =
    deliveriesPerSecond * (assumed.eventBytes + assumed.packetBytes) +
    heartbeatsPerSecond * (assumed.heartbeatBytes + assumed.packetBytes)
  const megabitsPerSecond = (bytesPerSecond * 8) / 1e6
  const database = databaseLoad(figures, load, assumed, processes)
  const survivors = Math.max(machines - 1, 1) * assumed.cores
  return {
    machines,
    machinesFor,
    processes,
    streamsPerMachine,
    streamsPerMachineAfterFailure: load.streams / needed,
    streamsPerProcess: load.streams / processes,
    organizationsPerProcess: organizationsPerProcess(load, processes),
    deliveriesPerSecond,
    heartbeatsPerSecond,
    coresFor: coresUsed(figures, load, assumed, processes),
    memoryBytesPerMachine: memoryPerMachine(figures, load, assumed, machines),
    secondsToReconnectAll: secondsToOpen(figures, load.streams, processes),
    secondsToReconnectOneMachine: secondsToOpen(figures, streamsPerMachine, survivors),
    megabitsPerSecond,
    megabitsPerSecondPerMachine: megabitsPerSecond / machines,
    database,
    balancerAddresses: Math.ceil(streamsPerMachine / assumed.portsPerAddress),
    ceilings: findCeilings(load, assumed, {streamsPerMachine, database}),
  }
}

function fewestMachines(isEnough: (machines: number) => boolean): number {
  const limit = 100_000
  for (let machines = 1; machines <= limit; machines++) if (isEnough(machines)) return machines
  throw new Error(`More than ${limit} machines would be needed.`)
}

function deliveriesOf({streams, eventsPerStream}: Load): number {
  return (streams * eventsPerStream) / 60
}

/** The number of processes that have a stream of an organization, when the balancer distributes streams at random. */
function processesPerOrganization({streams, organizations}: Load, processes: number): number {
  return processes * (1 - (1 - 1 / processes) ** (streams / organizations))
}

function organizationsPerProcess(load: Load, processes: number): number {
  return (load.organizations * processesPerOrganization(load, processes)) / processes
}

/** The number of heads that the polls of all processes read per second. */
function headsPerSecond(load: Load, processes: number): number {
  return processes * organizationsPerProcess(load, processes) * pollsPerSecond
}

function coresUsed(
  figures: Figures,
  load: Load,
  assumed: Assumptions,
  processes: number,
): Estimate['coresFor'] {
  const {changesPerSecond, streams} = load
  const eventsPerSecond = changesPerSecond * assumed.eventsPerChange
  const microseconds = {
    events: eventsPerSecond * processesPerOrganization(load, processes) * figures.eventUs,
    deliveries: deliveriesOf(load) * figures.deliveryUs,
    heartbeats: (streams / assumed.heartbeatSeconds) * figures.heartbeatUs,
    changes: changesPerSecond * figures.changeUs,
    announcements: changesPerSecond * (processes - 1) * assumed.announcementUs,
    polls: headsPerSecond(load, processes) * assumed.pollUs,
  }
  return inSeconds(microseconds)
}

function memoryPerMachine(figures: Figures, load: Load, assumed: Assumptions, machines: number): number {
  const processes = machines * assumed.cores
  const perProcess =
    assumed.processBytes +
    defaultLimits.maxTotalRingBytes +
    organizationsPerProcess(load, processes) * figures.organizationBytes +
    (load.streams / processes) * (figures.streamBytes + assumed.socketBytes)
  return perProcess * assumed.cores
}

function secondsToOpen({connectUs}: Figures, streams: number, cores: number): number {
  return (streams * connectUs) / 1e6 / cores
}

function databaseLoad(
  figures: Figures,
  load: Load,
  assumed: Assumptions,
  processes: number,
): Estimate['database'] {
  const {changesPerSecond} = load
  const changesPerCore = figures.databaseChangesPerSecond / figures.cores
  const coresFor = {
    changes: changesPerSecond / changesPerCore,
    ...inSeconds({
      polls: headsPerSecond(load, processes) * assumed.headUs,
      notifications: changesPerSecond * (assumed.announceUs + processes * assumed.notifyUs),
    }),
  }
  const storedPerSecond = changesPerSecond * assumed.averageShare * assumed.eventsPerChange
  return {
    connections: processes * (assumed.poolSize + 1), // one connection of each process is for the bus
    coresFor,
    cores: Math.ceil(sumOf(coresFor) / assumed.databaseShare),
    logBytes: storedPerSecond * assumed.rowBytes * assumed.retentionDays * 86_400,
  }
}

function findCeilings(
  {changesPerSecond}: Load,
  assumed: Assumptions,
  {streamsPerMachine, database}: Pick<Estimate, 'streamsPerMachine' | 'database'>,
): Ceiling[] {
  const announcementCores = (changesPerSecond * assumed.announcementUs) / 1e6
  const databaseCores = assumed.databaseCores * assumed.databaseShare
  const ceilings: Ceiling[] = [
    {
      name: 'connections to Postgres',
      headroom: (assumed.maxConnections - assumed.reservedConnections) / database.connections,
      remedy: 'raise max_connections, lower POOL_SIZE, or use PgBouncer',
    },
    {
      name: "ports between one address of the balancer and a machine's port",
      headroom: assumed.portsPerAddress / streamsPerMachine,
      remedy: 'give the balancer more addresses, or let it preserve the addresses of the clients',
    },
    {
      name: 'announcements that each process receives through the Postgres bus',
      headroom: announcementShare / announcementCores,
      remedy:
        'set REDIS_URL if an organization has few streams; otherwise split the organizations over several installations',
    },
    {
      name: `work of one Postgres with ${assumed.databaseCores} cores`,
      headroom: databaseCores / sumOf(database.coresFor),
      remedy:
        'set REDIS_URL; then split the organizations over several installations with their own databases',
    },
  ]
  return ceilings.sort((one, other) => one.headroom - other.headroom)
}

function sumOf(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((sum, value) => sum + value, 0)
}

/** Converts microseconds of CPU time per second to cores. */
function inSeconds<Name extends string>(microseconds: Record<Name, number>): Record<Name, number> {
  const entries = Object.entries<number>(microseconds).map(([name, value]) => [name, value / 1e6])
  return Object.fromEntries(entries) as Record<Name, number>
}
