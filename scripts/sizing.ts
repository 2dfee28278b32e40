// `npm run sizing` runs this script. The script uses the figures of a bench to compute what an installation needs:
//
// npm run bench -- --out bench.json idle idle-50k fan-out channels connects changes bus organizations
// npm run sizing -- --bench bench.json --streams 1000000 --organizations 10000
//
// Further options: --changes-per-second and --events-per-stream, and each assumption that the output lists.
import {readFileSync} from 'node:fs'
import {parseArgs} from 'node:util'
import {
  type AssumptionName,
  type Assumptions,
  assume,
  assumptions,
  type Estimate,
  estimate,
  type Load,
} from './sizing/estimate.ts'
import {type Bench, readFigures} from './sizing/figures.ts'

const assumptionNames = Object.keys(assumptions) as AssumptionName[]
const loadOptions = ['streams', 'organizations', 'changes-per-second', 'events-per-stream'] as const

const {bench, load, given} = readOptions()
const figures = readFigures(bench)
const assumed = assume(figures, given)
print(estimate(figures, load, assumed))

function readOptions(): {bench: Bench; load: Load; given: Partial<Assumptions>} {
  const names = ['bench', ...loadOptions, ...assumptionNames.map(optionOf)]
  const options = Object.fromEntries(names.map(name => [name, {type: 'string'} as const]))
  const {values} = parseArgs({options}) as {values: Record<string, string | undefined>}
  const numberOf = (name: string, standard?: number): number => {
    const text = values[name]
    if (text === undefined) return standard ?? fail(`The option --${name} is missing.`)
    return Number(text) >= 0 ? Number(text) : fail(`--${name} must be a number, 0 or more.`)
  }
  const file = values.bench ?? fail('The option --bench is missing: the JSON file of the bench.')
  const streams = numberOf('streams')
  const given = assumptionNames.filter(name => values[optionOf(name)] !== undefined)
  return {
    bench: JSON.parse(readFileSync(file, 'utf8')),
    load: {
      streams,
      organizations: numberOf('organizations'),
      changesPerSecond: numberOf('changes-per-second', streams / 1_000),
      eventsPerStream: numberOf('events-per-stream', 2),
    },
    given: Object.fromEntries(given.map(name => [name, numberOf(optionOf(name))])),
  }
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}

/** Returns the name of the option, such as `memory-gib` for `memoryGib`. */
function optionOf(name: AssumptionName): string {
  return name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

function print(result: Estimate): void {
  printTable(['load at the busiest time', ''], loadLines(result))
  printTable(['measured', ''], measuredLines())
  printTable(
    ['assumed', '', 'meaning'],
    assumptionNames.map(name => [`--${optionOf(name)}`, assumed[name], assumptions[name].meaning]),
  )
  printTable(['needed', ''], neededLines(result))
  printTable(
    ['what breaks first', 'the load can grow by', 'remedy'],
    result.ceilings.map(({name, headroom, remedy}) => [name, `× ${format(headroom)}`, remedy]),
  )
}

type Cell = string | number

function loadLines({deliveriesPerSecond, heartbeatsPerSecond}: Estimate): Cell[][] {
  return [
    ['streams', load.streams],
    ['organizations', load.organizations],
    ['changes/s', load.changesPerSecond],
    ['events per stream and minute', load.eventsPerStream],
    ['deliveries/s', deliveriesPerSecond],
    ['heartbeats/s', heartbeatsPerSecond],
  ]
}

function measuredLines(): Cell[][] {
  const {machine} = bench
  return [
    ['machine', `${machine.processor}, ${machine.cores} cores, ${machine.memory}, Node ${machine.node}`],
    ['KB per idle stream', figures.streamBytes / 1_000],
    ['KB per organization, with one stream', figures.organizationBytes / 1_000],
    ['CPU µs per heartbeat', figures.heartbeatUs],
    ['CPU µs per event in a process', figures.eventUs],
    ['CPU µs per delivery', figures.deliveryUs],
    ['CPU µs per opened stream', figures.connectUs],
    ['CPU µs per change, without Postgres', figures.changeUs],
    ['changes/s of Postgres', figures.databaseChangesPerSecond],
    [
      'ms later at another process, p50 / p99',
      `${format(figures.busDelayMs.p50)} / ${format(figures.busDelayMs.p99)}`,
    ],
  ]
}

function neededLines(result: Estimate): Cell[][] {
  const {database, machinesFor} = result
  return [
    ['machines, including the spare', result.machines],
    ['machines without the spare, for the CPU', machinesFor.CPU],
    ['machines without the spare, for the memory', machinesFor.memory],
    ['machines without the spare, for the reconnects', machinesFor.reconnects],
    ['processes (WORKERS: one per core)', result.processes],
    ['streams per machine', result.streamsPerMachine],
    [
      'streams per machine without the spare (MAX_STREAMS must be higher)',
      result.streamsPerMachineAfterFailure,
    ],
    ['streams per process (the limit of open files must be higher)', result.streamsPerProcess],
    ['organizations per process', result.organizationsPerProcess],
    ...Object.entries(result.coresFor).map(([name, cores]) => [`cores for ${name}`, cores]),
    ['GiB of memory per machine', result.memoryBytesPerMachine / 2 ** 30],
    ['seconds of CPU time per core when all streams reconnect', result.secondsToReconnectAll],
    [
      'seconds of CPU time per core when the streams of one machine reconnect',
      result.secondsToReconnectOneMachine,
    ],
    ['Mbit/s, all machines', result.megabitsPerSecond],
    ['Mbit/s per machine', result.megabitsPerSecondPerMachine],
    ['connections to Postgres', database.connections],
    ...Object.entries(database.coresFor).map(([name, cores]) => [`cores of Postgres for ${name}`, cores]),
    ['cores of the database machine', database.cores],
    ['GB of the event log', database.logBytes / 1e9],
    ['addresses of the balancer', result.balancerAddresses],
  ]
}

function printTable(head: readonly string[], lines: readonly Cell[][]): void {
  const rows = [head, head.map((_, column) => (column === 1 ? '--:' : '---')), ...lines]
  console.log(`${rows.map(cells => `| ${cells.map(format).join(' | ')} |`).join('\n')}\n`)
}

/** Rounds to three significant digits, because the measurements are not more precise. */
function format(cell: Cell): string {
  if (typeof cell === 'string') return cell
  const rounded = Number(cell.toPrecision(3))
  return Math.abs(rounded) >= 1_000 ? rounded.toLocaleString('en-US') : String(rounded)
}
