/** Measures changes per second over HTTP. For comparison, pgbench sends the same statements to the same Postgres server. */
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {PostgresServer} from '../../helpers/durable-postgres.ts'
import type {Load, Processes, Server} from '../processes.ts'
import type {AppOptions} from '../servers/app.ts'
import type {BoardcastCommands} from '../servers/boardcast.ts'
import type {Board} from '../servers/boards.ts'
import {medianOf} from '../statistics.ts'
import {atLeast, type Result} from '../table.ts'
import {hasPgbench, pgbenchScript, runPgbench} from './pgbench.ts'

export const clients = 32 // clients that change tasks on Postgres, each in its own organization
const organizations = Array.from({length: clients}, (_, number) => `organization-${number}`)
const embeddedClients = 8 // clients that change tasks in the embedded store, all in one organization
const rounds = 3
const seconds = 3
const warmUpSeconds = 1

type Name = 'embedded, one organization' | `Postgres, ${number} organizations` | 'pgbench, same statements'

interface Case {
  name: Name
  run(seconds: number): Promise<Sample>
}

interface Sample {
  /** Changes per second. */
  rate: number
  /** Microseconds of CPU time that the server's process uses per change. NaN for pgbench. */
  serverCpu: number
  /** Microseconds of CPU time that the load's process uses per change. NaN for pgbench. */
  loadCpu: number
}

const overHttp: Name = `Postgres, ${clients} organizations`
const overPgbench: Name = 'pgbench, same statements'

export async function changes(processes: Processes): Promise<Result> {
  const postgres = await processes.postgres()
  const cases = [await embeddedCase(processes), ...(postgres ? await postgresCases(processes, postgres) : [])]
  for (const {run} of cases) await run(warmUpSeconds)
  const samples: (Sample & {name: Name})[] = []
  for (let round = 0; round < rounds; round++) {
    for (const {name, run} of cases) samples.push({name, ...(await run(seconds))})
  }
  const ratio = medianOf(samples, overHttp, 'rate') / medianOf(samples, overPgbench, 'rate')
  return {
    title: 'Changes per second over HTTP: each client alternately takes and releases a task',
    columns: ['store', 'changes/s', '÷ pgbench', 'server CPU µs/change', 'load CPU µs'],
    lines: cases.map(({name}) => [
      name,
      medianOf(samples, name, 'rate'),
      medianOf(samples, name, 'rate') / medianOf(samples, overPgbench, 'rate'),
      medianOf(samples, name, 'serverCpu'),
      medianOf(samples, name, 'loadCpu'),
    ]),
    notes: [
      `The embedded store is in a folder and has ${embeddedClients} clients. Postgres has fsync on, ${clients} clients and ${clients} connections.`,
      'All processes share the cores. The embedded store runs in the server’s process, and Postgres in its own processes.',
      `pgbench -M prepared -c ${clients} -j 2 runs the recorded statements of the changes. Each script contains two changes.`,
    ],
    bars: [atLeast('changes/s on Postgres', 0.5, '× pgbench', ratio)],
  }
}

async function embeddedCase(processes: Processes): Promise<Case> {
  const server = await processes.server('boardcast', {dataDir: processes.folder()})
  const board = await server.child.call('makeBoard', {organization: 'embedded', tasks: embeddedClients})
  const load = processes.load()
  return {name: 'embedded, one organization', run: seconds => measure(server, load, board, seconds)}
}

/** Starts Boardcast on a new database, and creates a board with one task for each organization. */
export async function httpCase(
  processes: Processes,
  databaseUrl: string,
  options: Pick<AppOptions, 'bus'> = {},
) {
  const server = await processes.server('boardcast', {...options, databaseUrl, poolSize: clients})
  const boards: Board[] = []
  for (const organization of organizations) {
    boards.push(await server.child.call('makeBoard', {organization, tasks: 1}))
  }
  const board = {port: server.port, tasks: boards.flatMap(({tasks}) => tasks)}
  const load = processes.load()
  return {name: overHttp, server, board, run: (seconds: number) => measure(server, load, board, seconds)}
}

async function postgresCases(processes: Processes, postgres: PostgresServer): Promise<Case[]> {
  const url = await postgres.createDatabase()
  const http = await httpCase(processes, url)
  if (!hasPgbench()) return [http]

  const script = join(processes.folder(), 'changes.sql')
  writeFileSync(script, await scriptOf(http.server, http.board))
  const bare: Case = {
    name: overPgbench,
    run: async seconds => ({
      rate: 2 * (await runPgbench({url, script, clients, seconds})),
      serverCpu: Number.NaN,
      loadCpu: Number.NaN,
    }),
  }
  return [http, bare]
}

async function scriptOf({child}: Server<BoardcastCommands>, {tasks}: Board) {
  const statements = []
  for (const [index, organization] of organizations.entries()) {
    statements.push(await child.call('statementsOf', organization, tasks[index]!.taskId))
  }
  return pgbenchScript(statements)
}

async function measure({child}: Server, load: Load, {port, tasks}: Board, seconds: number): Promise<Sample> {
  const [serverBefore, loadBefore] = [await child.call('cpu'), await load.call('cpu')]
  const {changes, milliseconds} = await load.call('runChanges', {port, tasks, milliseconds: seconds * 1000})
  const [serverAfter, loadAfter] = [await child.call('cpu'), await load.call('cpu')]
  return {
    rate: (changes / milliseconds) * 1000,
    serverCpu: (serverAfter - serverBefore) / changes,
    loadCpu: (loadAfter - loadBefore) / changes,
  }
}
