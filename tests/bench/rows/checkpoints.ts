/** Measures the cost of checkpoints: the digests of boards that the server sends on the streams of sprints. */
import type {Processes} from '../processes.ts'
import {atMost, type Result} from '../table.ts'

const sprints = 1_000
const warmUpSeconds = 40 // longer than the time until each sprint has had its first checkpoint
const measuredSeconds = 60

export async function checkpoints(processes: Processes): Promise<Result> {
  // Both servers run at the same time, so that other work of the machine affects them equally.
  const [without, withCheckpoints] = await Promise.all(
    [false, true].map(async hasCheckpoints => {
      const postgres = await processes.requirePostgres()
      const databaseUrl = await postgres.createDatabase()
      const {child, port, readyMark} = await processes.server('sprint-boards', {databaseUrl})
      const requests = await child.call('sprintRequests', hasCheckpoints)
      await processes.load().call('open', {port, count: sprints, requests, readyMark, maxPending: 100})
      await child.call('change', warmUpSeconds)
      return child.call('change', measuredSeconds)
    }),
  )
  const percent = (microseconds: number) => microseconds / measuredSeconds / 10_000
  const [before, after] = [without!, withCheckpoints!]
  const more = (name: 'server' | 'postgres') => percent(after[name] - before[name])
  return {
    title: `Checkpoints of ${sprints.toLocaleString('en-US')} watched sprints of 50 tasks, each changing once per second`,
    columns: ['streams', 'boards read per second', 'server CPU % of a core', 'Postgres CPU % of a core'],
    lines: [
      [
        'without checkpoints',
        before.checkpoints / measuredSeconds,
        percent(before.server),
        percent(before.postgres),
      ],
      [
        'with checkpoints',
        after.checkpoints / measuredSeconds,
        percent(after.server),
        percent(after.postgres),
      ],
      [
        'difference',
        (after.checkpoints - before.checkpoints) / measuredSeconds,
        more('server'),
        more('postgres'),
      ],
    ],
    notes: [
      'The changes are committed in batches of 100, so that they need little CPU time. Streams without checkpoints also select another sprint.',
      'Each server has its own Postgres. The figure for Postgres is the CPU time of all its processes.',
    ],
    bars: [
      atMost(
        'checkpoints of 1,000 sprints: CPU of the server and of Postgres',
        10,
        '% of a core',
        more('server') + more('postgres'),
      ),
    ],
  }
}
