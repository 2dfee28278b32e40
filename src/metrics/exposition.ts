/** Turns plain numbers into the text format of Prometheus. The numbers are read when the metrics are scraped. */
import {AggregatorRegistry, collectDefaultMetrics, Registry} from 'prom-client'
import type {DurationCounts} from './durations.ts'
import type {Labels} from './labeled.ts'

export interface Sample {
  labels: Labels
  value: number
}

export interface DurationSample {
  labels: Labels
  durations: DurationCounts
}

interface Described {
  /** The name, such as `boardcast_streams_open`. */
  name: string
  /** One sentence that says what is counted, with the unit. */
  help: string
}

/** A metric, and the function that returns its values. A metric without labels returns one number. */
export type Metric = Described &
  (
    | {type: 'counter' | 'gauge'; read: () => number | readonly Sample[]}
    | {type: 'histogram'; read: () => DurationCounts | readonly DurationSample[]}
  )

/** A metric with its values. The form is that of prom-client's `getMetricsAsJSON`, so that prom-client can add them up. */
export interface MetricValues extends Described {
  type: string
  /** How the values of several processes become one value. */
  aggregator: string
  values: {value: number; labels: Record<string, string | number>; metricName?: string}[]
}

/** Returns a function that reads the metrics and the metrics of Node, such as the delay of the event loop. */
export function createReader(metrics: readonly Metric[]): () => Promise<MetricValues[]> {
  const ofNode = new Registry()
  collectDefaultMetrics({register: ofNode})
  return async () => {
    const nodeMetrics = (await ofNode.getMetricsAsJSON()) as unknown as MetricValues[]
    return [...readMetrics(metrics), ...nodeMetrics.filter(isWellNamed).map(withAggregator)]
  }
}

/** Returns the current values of the metrics. */
export function readMetrics(metrics: readonly Metric[]): MetricValues[] {
  return metrics.map(metric => {
    const {name, help, type} = metric
    const values = metric.type === 'histogram' ? histogramValues(metric) : samplesOf(metric.read())
    return {name, help, type, aggregator: 'sum', values: values as MetricValues['values']}
  })
}

/** Adds up the metrics of several processes, and returns them in the text format of Prometheus. */
export async function formatMetrics(ofProcesses: readonly MetricValues[][]): Promise<string> {
  return AggregatorRegistry.aggregate([...ofProcesses]).metrics()
}

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE

/**
 * prom-client averages the delays of the event loops, so that one blocked worker among many would not be visible. It
 * also omits the start time.
 */
function withAggregator(metric: MetricValues): MetricValues {
  if (metric.name === 'process_start_time_seconds') return {...metric, aggregator: 'min'}
  if (metric.aggregator === 'average') return {...metric, aggregator: 'max'}
  return metric
}

/** prom-client has gauges with the suffix `_total`, which is only for counters. The same values also have other names. */
function isWellNamed({name, type}: MetricValues): boolean {
  return type === 'counter' || !name.endsWith('_total')
}

function samplesOf(read: number | readonly Sample[]): readonly Sample[] {
  return typeof read === 'number' ? [{labels: {}, value: read}] : read
}

function histogramValues({name, read}: Metric & {type: 'histogram'}) {
  const counts = read()
  const samples = 'bounds' in counts ? [{labels: {}, durations: counts}] : counts
  return samples.flatMap(({labels, durations: {bounds, cumulative, count, sum}}) => {
    const buckets = [
      ...bounds.map((le, index) => [le, cumulative[index]!] as const),
      ['+Inf', count] as const,
    ]
    return [
      ...buckets.map(([le, value]) => ({metricName: `${name}_bucket`, labels: {...labels, le}, value})),
      {metricName: `${name}_sum`, labels, value: sum},
      {metricName: `${name}_count`, labels, value: count},
    ]
  })
}
