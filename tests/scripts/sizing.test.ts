// Tests the calculation of `npm run sizing`. The figures in bench.json are simple numbers, so that the results are easy
// to check.
import {readFileSync} from 'node:fs'
import test from 'ava'
import {assume, estimate} from '../../scripts/sizing/estimate.ts'
import {type Bench, readFigures} from '../../scripts/sizing/figures.ts'

const bench: Bench = JSON.parse(readFileSync(new URL('bench.json', import.meta.url), 'utf8'))
const figures = readFigures(bench)
const defaults = assume(figures)
const load = {streams: 60_000, organizations: 600, changesPerSecond: 100, eventsPerStream: 2}

test('each figure is read from its row, line and column in bench.json', t => {
  t.deepEqual(figures, {
    cores: 2,
    memoryBytes: 4 * 2 ** 30,
    streamBytes: 10_000,
    organizationBytes: 20_000,
    heartbeatUs: 20, // In the bench, 1,000 heartbeats per second use 2 % of a core.
    eventUs: 50,
    deliveryUs: 6,
    connectUs: 300,
    changeUs: 500,
    databaseChangesPerSecond: 2_000,
    busDelayMs: {p50: 0.7, p99: 1.2},
  })
})

test('when rows are missing in bench.json, the error names these rows and the command that measures them', t => {
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

test('when bench.json contains no result of pgbench, the highest rate of the database is the rate of changes over HTTP', t => {
  const changes = {...bench.results.changes!, lines: bench.results.changes!.lines.slice(0, 2)}
  t.is(readFigures({...bench, results: {...bench.results, changes}}).databaseChangesPerSecond, 900)
})

test('the number of machines is the highest number that CPU, memory or reconnects require, plus one spare machine', t => {
  const result = estimate(figures, load, defaults)
  // Opening 60,000 streams takes 18 s of CPU time, so one machine with two cores can open the streams within 30 s.
  t.deepEqual(result.machinesFor, {CPU: 1, memory: 1, reconnects: 1})
  t.is(result.machines, 2)
  t.is(result.processes, 4)
  t.is(result.streamsPerMachine, 30_000)
  t.is(result.streamsPerMachineAfterFailure, 60_000)
  t.is(result.secondsToReconnectAll, 4.5)
  t.is(result.secondsToReconnectOneMachine, 4.5)
})

test('the estimate lists the cores that each kind of work needs', t => {
  const {coresFor, deliveriesPerSecond, heartbeatsPerSecond} = estimate(figures, load, defaults)
  t.is(deliveriesPerSecond, 2_000)
  t.is(heartbeatsPerSecond, 4_000)
  const rounded = Object.fromEntries(Object.entries(coresFor).map(([name, n]) => [name, n.toFixed(4)]))
  t.deepEqual(rounded, {
    events: '0.0240', // Each of four processes needs 50 µs for each of 120 events/s.
    deliveries: '0.0120',
    heartbeats: '0.0800',
    changes: '0.0500',
    announcements: '0.0090', // Each of 100 changes/s is announced to three processes; an announcement takes 30 µs.
    polls: '0.0040', // Four processes check 600 heads every 2 s, and need 3 µs per head.
  })
})

test('when the reconnects require the most machines, more streams need more machines', t => {
  const {machinesFor, machines} = estimate(figures, {...load, streams: 600_000}, defaults)
  t.is(machinesFor.reconnects, 3) // The reconnects take 180 s of CPU time, so six cores need 30 s.
  t.is(machines, Math.max(...Object.values(machinesFor)) + 1)
})

test('a machine with less memory can serve fewer streams', t => {
  const machines = (memoryGib: number) =>
    estimate(figures, load, assume(figures, {memoryGib})).machinesFor.memory
  t.is(machines(2), 1)
  t.is(machines(1), 3)
})

test('the load of the database grows with the changes, the processes and the organizations', t => {
  const {database} = estimate(figures, load, defaults)
  t.is(database.connections, 44)
  t.is(database.coresFor.changes, 0.1)
  t.is(database.coresFor.polls.toFixed(4), '0.0027') // Four processes check 600 heads every 2 s, at 2 µs per head.
  t.is(database.coresFor.notifications.toFixed(4), '0.0230') // A change takes 110 µs, plus 30 µs for each process.
  t.is(database.cores, 1)
  t.is(database.logBytes, 24 * 700 * 7 * 86_400)
})

test('the ceilings are sorted, so that the list starts with the ceiling that the load reaches first', t => {
  const {ceilings} = estimate(figures, load, defaults)
  const headrooms = ceilings.map(({headroom}) => headroom)
  t.deepEqual(
    headrooms,
    headrooms.toSorted((one, other) => one - other),
  )
  t.like(ceilings[0], {name: "ports between one address of the balancer and a machine's port"})
  const work = ceilings.find(({name}) => name.startsWith('work of one Postgres'))
  t.is(work?.headroom.toFixed(1), '127.3') // Postgres may use 16 cores (half of 32), and the load needs 0.1257 cores.
})
