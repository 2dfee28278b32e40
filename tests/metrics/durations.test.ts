import test from 'ava'
import {Durations} from '../../src/metrics/durations.ts'
import {formatMetrics, type Metric, readMetrics} from '../../src/metrics/exposition.ts'
import {LabeledCounts, LabeledDurations} from '../../src/metrics/labeled.ts'

test('a duration is counted in the first bucket whose bound is not exceeded, and the buckets are cumulative', t => {
  const durations = new Durations([0.001, 0.01])
  for (const seconds of [0.0005, 0.001, 0.002, 0.5]) durations.add(seconds)
  const {bounds, cumulative, count, sum} = durations.read()
  t.deepEqual([...bounds], [0.001, 0.01])
  t.deepEqual(cumulative, [2, 3])
  t.is(count, 4)
  t.is(sum, 0.5035)
})

test('a negative duration counts as 0, because the clock of another machine can be ahead', t => {
  const durations = new Durations([1])
  durations.add(-5)
  t.deepEqual(durations.read(), {bounds: [1], cumulative: [1], count: 1, sum: 0})
})

test('metrics are written in the text format of Prometheus', async t => {
  const counts = new LabeledCounts(['reason'])
  counts.add(['limit'], 0)
  counts.add(['client'])
  counts.add(['client'], 2)
  const durations = new LabeledDurations(['route'], [0.1])
  durations.add(['/a"b'], 0.05)
  const metrics: Metric[] = [
    {name: 'boardcast_ended_total', type: 'counter', help: 'Ended', read: () => counts.read()},
    {name: 'boardcast_open', type: 'gauge', help: 'Open', read: () => 7},
    {name: 'boardcast_seconds', type: 'histogram', help: 'Time', read: () => durations.read()},
  ]
  t.is(
    await formatMetrics([readMetrics(metrics)]),
    `# HELP boardcast_ended_total Ended
# TYPE boardcast_ended_total counter
boardcast_ended_total{reason="limit"} 0
boardcast_ended_total{reason="client"} 3

# HELP boardcast_open Open
# TYPE boardcast_open gauge
boardcast_open 7

# HELP boardcast_seconds Time
# TYPE boardcast_seconds histogram
boardcast_seconds_bucket{route="/a\\"b",le="0.1"} 1
boardcast_seconds_bucket{route="/a\\"b",le="+Inf"} 1
boardcast_seconds_sum{route="/a\\"b"} 0.05
boardcast_seconds_count{route="/a\\"b"} 1
`,
  )
})
