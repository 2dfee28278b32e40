import {test} from '../helpers/postgres.ts'
import {runFaults} from './run/fault-run.ts'

// Faults of each part of the system. `npm run test:faults` runs longer and causes all kinds of faults.
const kinds = [
  'kill -9 of a server',
  'kill -9 of a worker',
  'rolling restart',
  'kill -9 of Postgres',
  'pg_terminate_backend of all sessions',
  'full disk under the database',
  'notifications dropped',
  'notifications reordered',
  'wall clock of a server jumps',
  'cut: a server to Postgres',
  'truncate: clients to a server',
]

test('during a short run with faults, no event is lost, repeated, reordered or delivered to the wrong subscriber', async t => {
  t.timeout(300_000)
  const result = await runFaults({
    seed: 10,
    bus: 'postgres',
    seconds: 10,
    disk: 'trigger',
    subscribers: 16,
    writers: 4,
    boards: 2,
    boardReaders: 8,
    digestReaders: 4,
    presence: 4,
    select: ({name}) => kinds.includes(name),
    log() {},
  })
  t.deepEqual(result!.findings, [])
  t.deepEqual(result!.failedFaults, [])
  t.deepEqual(result!.crashes, [])
  t.is(result!.answers.get('500 internal-error'), undefined)
  t.true(result!.faults.size > kinds.length / 2)
  t.true(result!.deliveries > result!.events)
  const {requests, events, deliveries, comparisons, digests} = result!
  t.true(comparisons > 0 && digests.boards > 0)
  t.log(`${requests} requests, ${events} events, ${deliveries} deliveries, ${comparisons} boards compared`)
})
