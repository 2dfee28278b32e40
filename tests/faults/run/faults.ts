/** The kinds of faults. Each kind has a function that causes the fault, waits, and ends the fault. */
import {setTimeout as delay} from 'node:timers/promises'
import {type BusKind, type Cluster, type ServerNode, serverWithWorkers} from './cluster.ts'
import type {DiskKind} from './database.ts'
import type {Link} from './link.ts'
import type {NotificationFault} from './notification-filter.ts'
import type {Random} from './random.ts'

export interface FaultKind {
  name: string
  /** The range of the duration in milliseconds. */
  lastsMs: readonly [least: number, most: number]
  /** The parts of the system that the fault uses. Faults that use the same part do not overlap. */
  uses: (server: number) => readonly string[]
  cause: (context: FaultContext) => Promise<void>
}

export interface FaultContext {
  cluster: Cluster
  /** The affected server, for faults that affect only one server. */
  server: ServerNode
  lastsMs: number
  random: Random
}

/** Returns the kinds of faults that a system with this bus can have. */
export function faultKindsOf(bus: BusKind): readonly FaultKind[] {
  return [
    ...processFaults,
    ...databaseFaults,
    ...(bus === 'redis' ? redisFaults : []),
    ...notificationFaults,
    ...linkFaults(),
  ]
}

/** Describes how the disk of the database becomes full. */
export function describeDisk(disk: DiskKind): string {
  return disk === 'tmpfs'
    ? 'the database is on a tmpfs, which the fault fills'
    : 'emulated; a trigger raises the error of a full disk'
}

// The server closes a stream whose socket accepts no bytes for 30 s.
const longerThanStallMs = 32_000

const processFaults: FaultKind[] = [
  {
    name: 'kill -9 of a server',
    lastsMs: [300, 3_000],
    uses: server => [`server ${server}`],
    async cause({server, lastsMs}) {
      await server.end('SIGKILL')
      await delay(lastsMs)
      await server.start()
    },
  },
  {
    name: 'kill -9 of a worker',
    lastsMs: [0, 1_000],
    uses: () => [`server ${serverWithWorkers}`],
    async cause({cluster, lastsMs, random}) {
      cluster.servers[serverWithWorkers]!.killWorker(random)
      await delay(lastsMs)
    },
  },
  {
    name: 'SIGSTOP of a server',
    lastsMs: [longerThanStallMs, longerThanStallMs + 3_000],
    uses: server => [`server ${server}`],
    async cause({server, lastsMs}) {
      server.suspend()
      await delay(lastsMs)
      server.resume()
    },
  },
  {
    name: 'short SIGSTOP of a server',
    lastsMs: [500, 6_000],
    uses: server => [`server ${server}`],
    async cause({server, lastsMs}) {
      server.suspend()
      await delay(lastsMs)
      server.resume()
    },
  },
  {
    name: 'wall clock of a server jumps',
    lastsMs: [1_000, 8_000],
    uses: server => [`clock ${server}`],
    async cause({server, lastsMs, random}) {
      const minutes = random.between(1, 10) * (random.chance(0.5) ? 1 : -1)
      server.setClock(minutes * 60_000)
      await delay(lastsMs)
      server.setClock(0)
    },
  },
  {
    name: 'rolling restart',
    lastsMs: [500, 2_000],
    uses: () => ['server 0', 'server 1'],
    async cause({cluster, lastsMs}) {
      for (const server of cluster.servers) {
        await server.end('SIGTERM')
        await server.start()
        await delay(lastsMs)
      }
    },
  },
]

const databaseFaults: FaultKind[] = [
  {
    name: 'kill -9 of Postgres',
    lastsMs: [0, 5_000],
    uses: () => ['postgres'],
    async cause({cluster: {database}, lastsMs}) {
      database.crash()
      await delay(lastsMs)
      await database.restart()
    },
  },
  {
    name: 'pg_terminate_backend of all sessions',
    lastsMs: [0, 1_000],
    uses: () => ['postgres'],
    async cause({cluster: {database}, lastsMs}) {
      await database.terminateSessions()
      await delay(lastsMs)
      await database.terminateSessions()
    },
  },
  {
    name: 'full disk under the database',
    lastsMs: [2_000, 6_000],
    uses: () => ['postgres'],
    async cause({cluster: {database}, lastsMs}) {
      await database.fillDisk()
      await delay(lastsMs)
      await database.freeDisk()
    },
  },
]

const redisFaults: FaultKind[] = [
  {
    name: 'kill -9 of Redis',
    lastsMs: [0, 8_000],
    uses: () => ['redis'],
    async cause({cluster: {redis}, lastsMs}) {
      await redis!.stop()
      await delay(lastsMs)
      await redis!.start()
    },
  },
]

const notificationFaults: FaultKind[] = [
  notificationFault('notifications dropped', 'drop', [3_000, 8_000]),
  notificationFault('notifications doubled', 'double', [3_000, 8_000]),
  notificationFault('notifications reordered', 'reorder', [3_000, 8_000]),
  {
    name: 'invalid notifications',
    lastsMs: [500, 2_000],
    uses: () => ['postgres', 'redis'],
    async cause({cluster, lastsMs}) {
      const logs = await cluster.database.query<{organization_id: string; epoch: string; head: string}>(
        'select organization_id, epoch, head from event_streams',
      )
      for (const {organization_id: id, epoch, head} of logs) {
        for (const payload of invalidPayloads(id, epoch, Number(head))) await cluster.announce(id, payload)
      }
      await delay(lastsMs)
    },
  },
  // This fault lasts at least 7 s, because a server replaces a connection to the bus after 6 s without a notification.
  notificationFault('listener goes deaf', 'deaf', [7_000, 10_000]),
]

/** Returns payloads that the servers must ignore. */
function invalidPayloads(organizationId: string, epoch: string, head: number): string[] {
  const unknownOrganization = '00000000-0000-7000-8000-000000000000'
  return [
    '',
    'not JSON',
    '[]',
    '["stranger"]',
    '["stranger",null]',
    '["stranger",[]]',
    JSON.stringify(['stranger', [unknownOrganization, epoch, head]]),
    JSON.stringify(['stranger', [organizationId, 'zzzzzzzzzzzzz', head + 5]]), // an epoch that does not exist
    JSON.stringify(['stranger', [organizationId, epoch, Math.max(0, head - 3)]]), // an old head
  ]
}

function notificationFault(name: string, fault: NotificationFault, lastsMs: FaultKind['lastsMs']): FaultKind {
  return {
    name,
    lastsMs,
    uses: server => [`bus ${server}`],
    async cause({server: {bus}, lastsMs}) {
      bus.notifications.set(fault)
      await delay(lastsMs)
      bus.notifications.set('none')
    },
  }
}

type LinkName = 'clients' | 'store' | 'bus'

const linkNames: Record<LinkName, string> = {
  clients: 'clients to a server',
  store: 'a server to Postgres',
  bus: 'a server to the bus',
}

/** Returns all network faults of all links. */
function linkFaults(): FaultKind[] {
  return Object.keys(linkNames).flatMap(name => {
    const link = name as LinkName
    return [
      linkFault(link, 'cut', [0, 0], async ({link}) => link.cut()),
      linkFault(link, 'truncate', [500, 1_000], async ({link, lastsMs}) => {
        link.truncate()
        await delay(lastsMs)
      }),
      linkFault(link, 'refuse', [1_000, 4_000], async ({link, door, lastsMs}) => {
        if (door) door.lock()
        else link.set('refuse')
        link.cut()
        await delay(lastsMs)
        await door?.unlock()
        link.set('open')
      }),
      linkFault(link, 'stall', [1_000, 6_000], async ({link, lastsMs}) => {
        link.set('stall')
        await delay(lastsMs)
        link.set('open')
      }),
      linkFault(link, 'delay', [2_000, 6_000], async ({link, lastsMs, random}) => {
        link.set('delay', random.between(20, 400))
        await delay(lastsMs)
        link.set('open')
      }),
      // A server gives up a silent connection to Postgres after 10 s. On such a connection, this fault can last longer
      // than 10 s, so that the runs also test this case.
      linkFault(
        link,
        'swallow',
        link === 'store' ? [3_000, 14_000] : [2_000, 8_000],
        async ({link, lastsMs}) => {
          link.set('swallow')
          await delay(lastsMs)
          link.set('open')
        },
      ),
    ]
  })
}

type CauseOnLink = (
  context: FaultContext & {link: Link; door: ServerNode['storeDoor'] | undefined},
) => Promise<void>

function linkFault(
  name: LinkName,
  what: string,
  lastsMs: FaultKind['lastsMs'],
  causeOnLink: CauseOnLink,
): FaultKind {
  return {
    name: `${what}: ${linkNames[name]}`,
    lastsMs,
    // Only one server at a time has a broken path to Postgres, so that the other servers can still make changes.
    uses: server => [name === 'store' ? 'store' : `${name} ${server}`],
    cause: context => {
      const {server} = context
      const door = {clients: undefined, store: server.storeDoor, bus: server.busDoor}[name]
      return causeOnLink({...context, link: server[name], door})
    },
  }
}
