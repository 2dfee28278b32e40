// Tests the calculation of `npm run sizing` with the figures in bench.json, which are easy to calculate with.
import {readFileSync} from 'node:fs'
import test from 'ava'
import {assume, estimate} from '../../scripts/sizing/estimate.ts'
import {type Bench, readFigures} from '../../scripts/sizing/figures.ts'

const bench: Bench = JSON.parse(readFileSync(new URL('bench.json', import.meta.url), 'utf8'))
const figures = readFigures(bench)
const defaults = assume(figures)
const load = {streams: 60_000, organizations: 600, changesPerSecond: 100, eventsPerStream: 2}

test('the figures are read from the lines and columns of the rows', t => {
  t.deepEqual(figures, {
    cores: 2,
    memoryBytes: 4 * 2 ** 30,
    streamBytes: 10_000,
    organizationBytes: 20_000,
    heartbeatUs: 20, // 2 % of a core for 1,000 heartbeats per second
    eventUs: 50,
    deliveryUs: 6,
    connectUs: 300,
    changeUs: 500,
    databaseChangesPerSecond: 2_000,
    busDelayMs: {p50: 0.7, p99: 1.2},
  })
})

test('an error names the rows that the bench lacks, and the command that runs them', t => {
  const {idle, ...results} = bench.results
  t.throws(() => readFigures({...bench, results: {...results, bus: undefined}}), {
    message: /lacks the rows idle, bus\. Run: npm run bench -- --out bench\.json idle idle-50k/,
  })
  t.truthy(idle)
})

test('an error names the line and the column of a missing figure', t => {
  const idle = {...bench.results.idle!, lines: [['koa', 1, 1, 1]]}
  t.throws(() => readFigures({...bench, results: {...bench.results, idle}}), {
    message: "The row idle has no figure in the line 'boardcast' and the column 'RSS KB'.",
  })
})

test('without pgbench, the changes over HTTP are the highest rate of the database', t => {
  const changes = {...bench.results.changes!, lines: bench.results.changes!.lines.slice(0, 2)}
  t.is(readFigures({...bench, results: {...bench.results, changes}}).databaseChangesPerSecond, 900)
})

test('the number of machines is the highest number that a limit requires, plus the spare machine', t => {
  const result = estimate(figures, load, defaults)
  // Opening 60,000 streams takes 18 s of CPU time, so one machine can do it within 30 s on two cores.
  t.deepEqual(result.machinesFor, {CPU: 1, memory: 1, reconnects: 1})
  t.is(result.machines, 2)
  t.is(result.processes, 4)
  t.is(result.streamsPerMachine, 30_000)
  t.is(result.streamsPerMachineAfterFailure, 60_000)
  t.is(result.secondsToReconnectAll, 4.5)
  t.is(result.secondsToReconnectOneMachine, 4.5)
})

test('the cores are the sum over all kinds of work', t => {
  const {coresFor, deliveriesPerSecond, heartbeatsPerSecond} = estimate(figures, load, defaults)
  t.is(deliveriesPerSecond, 2_000)
  t.is(heartbeatsPerSecond, 4_000)
  const rounded = Object.fromEntries(Object.entries(coresFor).map(([name, n]) => [name, n.toFixed(4)]))
  t.deepEqual(rounded, {
    events: '0.0240', // 120 events/s, each in all four processes, 50 µs each
    deliveries: '0.0120',
    heartbeats: '0.0800',
    changes: '0.0500',
    announcements: '0.0090', // 100 changes/s announced to three processes, 30 µs each
    polls: '0.0036', // four processes check 600 heads every 2 s, 3 µs each
  })
})

test('more streams need more machines when the reconnects are the limit', t => {
  const {machinesFor, machines} = estimate(figures, {...load, streams: 600_000}, defaults)
  t.is(machinesFor.reconnects, 3) // 180 s of CPU time on six cores
  t.is(machines, Math.max(...Object.values(machinesFor)) + 1)
})

test('a machine with less memory holds fewer streams', t => {
  const machines = (memoryGib: number) =>
    estimate(figures, load, assume(figures, {memoryGib})).machinesFor.memory
  t.is(machines(2), 1)
  t.is(machines(1), 3)
})

test('the load of the database grows with the changes, the processes and the organizations', t => {
  const {database} = estimate(figures, load, defaults)
  t.is(database.connections, 44)
  t.is(database.coresFor.changes, 0.1)
  t.is(database.coresFor.polls.toFixed(4), '0.0024') // 2 µs for each of these heads
  t.is(database.coresFor.notifications.toFixed(4), '0.0230') // 110 µs, and 30 µs for each of four processes
  t.is(database.cores, 1)
  t.is(database.logBytes, 24 * 700 * 7 * 86_400)
})

test('the ceiling that is reached first is the first in the list', t => {
  const {ceilings} = estimate(figures, load, defaults)
  const headrooms = ceilings.map(({headroom}) => headroom)
  t.deepEqual(
    headrooms,
    headrooms.toSorted((one, other) => one - other),
  )
  t.like(ceilings[0], {name: "ports between one address of the balancer and a machine's port"})
  const work = ceilings.find(({name}) => name.startsWith('work of one Postgres'))
  t.is(work?.headroom.toFixed(1), '127.6') // 16 cores, which is half of 32, for a load of 0.1254 cores
})
