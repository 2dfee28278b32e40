import test from 'ava'
import {type MetricValues, readMetrics} from '../../src/metrics/exposition.ts'
import {WorkerMetrics} from '../../src/metrics/worker-metrics.ts'
import {sampleOf} from '../helpers/metrics.ts'

function valuesOf(streams: number, events: number): MetricValues[] {
  return readMetrics([
    {name: 'streams_open', type: 'gauge', help: 'Streams', read: () => streams},
    {name: 'events_total', type: 'counter', help: 'Events', read: () => events},
  ])
}

const responding = (streams: number, events: number) => ({readMetrics: async () => valuesOf(streams, events)})

test('the metrics are the sums of the workers', async t => {
  const metrics = new WorkerMetrics()
  metrics.add(responding(3, 10))
  metrics.add(responding(4, 100))
  const text = await metrics.read()
  t.is(sampleOf(text, 'streams_open'), 7)
  t.is(sampleOf(text, 'events_total'), 110)
  t.is(sampleOf(text, 'boardcast_workers'), 2)
  t.is(sampleOf(text, 'boardcast_workers_silent'), 0)
})

test('when a worker has ended, its streams are no longer counted, but its counters are, so that the sums never fall', async t => {
  const metrics = new WorkerMetrics()
  const first = responding(3, 10)
  metrics.add(first)
  metrics.add(responding(4, 100))
  await metrics.read()
  metrics.remove(first)
  metrics.add(responding(1, 1))
  const text = await metrics.read()
  t.is(sampleOf(text, 'streams_open'), 5)
  t.is(sampleOf(text, 'events_total'), 111)
  t.is(sampleOf(text, 'boardcast_workers'), 2)
})

test('a worker that does not respond in time, or that fails, counts with the values of its last response', async t => {
  const metrics = new WorkerMetrics({timeoutMs: 1})
  let respond = async () => valuesOf(3, 10)
  metrics.add({readMetrics: () => respond()})
  await metrics.read()
  for (const silent of [() => new Promise<never>(() => {}), () => Promise.reject(new Error('ended'))]) {
    respond = silent
    const text = await metrics.read()
    t.is(sampleOf(text, 'streams_open'), 3)
    t.is(sampleOf(text, 'events_total'), 10)
    t.is(sampleOf(text, 'boardcast_workers_silent'), 1)
  }
})

test('scrapes at the same time share one reading', async t => {
  const metrics = new WorkerMetrics()
  let reads = 0
  metrics.add({
    async readMetrics() {
      reads++
      return valuesOf(1, 1)
    },
  })
  const [one, other] = await Promise.all([metrics.read(), metrics.read()])
  t.is(reads, 1)
  t.is(one, other)
})
