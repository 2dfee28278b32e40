/** The metrics of one process of the server: their names, and where their values come from. */
import type {DivergenceReports} from '../http/divergence-reports.ts'
import type {RequestCounts} from '../http/request-counts.ts'
import type {LiveStats} from '../live/live.ts'
import type {Metric, Sample} from '../metrics/exposition.ts'
import type {LabeledCounts} from '../metrics/labeled.ts'
import type {PoolUse} from '../store/connection.ts'
import type {BusCounts} from './bus-listener.ts'

export interface MetricSources {
  live: {stats(): LiveStats}
  requests: RequestCounts
  divergences: DivergenceReports
  bus: BusCounts
  /** The connections that were refused, by the limit. */
  refusedConnections: LabeledCounts
  poolUse(): PoolUse
  logLinesDropped(): number
}

/** Returns the metrics. No label contains an organization or a member. */
export function serverMetrics(sources: MetricSources): Metric[] {
  return [
    ...streamMetrics(sources),
    ...logMetrics(sources),
    ...requestMetrics(sources),
    ...storeMetrics(sources),
  ]
}

function streamMetrics({live}: MetricSources): Metric[] {
  const stats = () => live.stats()
  const counts = () => stats().counts
  return [
    gauge('streams_open', 'Open streams and waiting polls', () => {
      const {streams, polls} = stats()
      return [sample({kind: 'stream'}, streams - polls), sample({kind: 'poll'}, polls)]
    }),
    counter('streams_opened_total', 'Streams and polls that were admitted', () => counts().opened.read()),
    counter('streams_ended_total', 'Streams and polls that have ended, by reason', () =>
      counts().ended.read(),
    ),
    counter('streams_refused_total', 'Streams and polls that were refused, by reason', () =>
      counts().refused.read(),
    ),
    counter('stream_resets_total', 'Cursors that could not be served, by reason', () =>
      counts().resets.read(),
    ),
    counter('stream_replays_total', 'Streams that resumed from a cursor, by where the replay began', () =>
      counts().replays.read(),
    ),
    counter(
      'events_sent_total',
      'Events written to streams and polls; one event for 100 streams counts 100 times',
      () => {
        const {liveEvents, replayedEvents} = counts()
        return [sample({how: 'live'}, liveEvents), sample({how: 'replay'}, replayedEvents)]
      },
    ),
    counter('event_bytes_sent_total', 'Bytes of the events written to streams and polls', () => {
      const {liveBytes, replayedBytes} = counts()
      return [sample({how: 'live'}, liveBytes), sample({how: 'replay'}, replayedBytes)]
    }),
    histogram(
      'delivery_seconds',
      'From the commit of a change in this process to the write to the sockets of a channel',
      () => counts().delivery.read(),
    ),
    gauge(
      'streams_behind',
      'Streams that are too slow for live delivery and read the log',
      () => stats().behind,
    ),
    counter(
      'streams_fell_behind_total',
      'How often a stream became too slow for live delivery',
      () => counts().timesBehind,
    ),
    gauge('stream_waiting_bytes', 'Bytes that wait in memory for slow clients', () => stats().waitingBytes),
    gauge('ring_bytes', 'Bytes of the latest events that are kept in memory', () => stats().ringBytes),
    gauge('feeds', 'Organizations whose event log this process follows', () => stats().feeds),
    gauge(
      'present_members',
      'Members on boards with presence; a member on two boards counts twice',
      () => stats().presentMembers,
    ),
    counter(
      'checkpoints_sent_total',
      'Digests of boards sent to the streams of a selection',
      () => counts().checkpoints,
    ),
  ]
}

function logMetrics({live, bus, divergences}: MetricSources): Metric[] {
  const counts = () => live.stats().counts
  return [
    counter(
      'board_divergences_total',
      'Reports of clients whose board differed from the board of the server',
      () => divergences.count,
    ),
    counter(
      'bus_announcements_received_total',
      'Announced changes of other processes',
      () => bus.announcements,
    ),
    counter('bus_connections_total', 'How often the bus has connected', () => bus.connections),
    histogram(
      'bus_lag_seconds',
      'From the timestamp of a change to the arrival of its announcement; needs synchronized clocks',
      () => bus.lag.read(),
    ),
    counter(
      'log_gaps_filled_total',
      'Gaps between received events that were filled from the event log',
      () => counts().gaps.filled,
    ),
    counter(
      'log_gap_events_total',
      'Events that were read from the event log to fill gaps',
      () => counts().gaps.events,
    ),
    counter('log_head_polls_total', 'Polls of the heads of the event logs, by outcome', () =>
      counts().headPolls.read(),
    ),
  ]
}

function requestMetrics({requests, refusedConnections, logLinesDropped}: MetricSources): Metric[] {
  return [
    counter('http_requests_total', 'Requests by method, route and class of the status', () =>
      requests.requests.read(),
    ),
    histogram(
      'http_request_seconds',
      'Time until the response of requests that are no streams and no polls',
      () => requests.durations.read(),
    ),
    histogram(
      'change_seconds',
      'Time of a change until its commit or failure, by operation and outcome',
      () => requests.changes.read(),
    ),
    counter('problems_total', 'Refused and failed requests, by the code of the problem', () =>
      requests.problems.read(),
    ),
    counter('rate_limited_total', 'Requests above a limit per minute, by the setting of the limit', () =>
      requests.rateLimited.read(),
    ),
    connectionsRefused(refusedConnections),
    counter(
      'log_lines_dropped_total',
      'Log lines that were dropped because the reader of the log is too slow',
      logLinesDropped,
    ),
  ]
}

/** Connections are refused by the process that accepts them: with workers, also by the primary process. */
export function connectionsRefused(refused: LabeledCounts): Metric {
  return counter('connections_refused_total', 'Refused connections, by the limit', () => refused.read())
}

function storeMetrics({poolUse}: MetricSources): Metric[] {
  return [
    gauge('database_pool_size', 'The maximum number of database connections', () => poolUse().size),
    gauge(
      'database_connections',
      'Open database connections, by whether a query or a transaction uses them',
      () => {
        const {busy, open} = poolUse()
        return [sample({state: 'busy'}, busy), sample({state: 'idle'}, Math.max(open - busy, 0))]
      },
    ),
    gauge(
      'database_waiting',
      'Queries and transactions that wait for a database connection',
      () => poolUse().waiting,
    ),
  ]
}

type Read = (Metric & {type: 'counter'})['read']

function counter(name: string, help: string, read: Read): Metric {
  return {name: `boardcast_${name}`, type: 'counter', help, read}
}

function gauge(name: string, help: string, read: Read): Metric {
  return {name: `boardcast_${name}`, type: 'gauge', help, read}
}

function histogram(name: string, help: string, read: (Metric & {type: 'histogram'})['read']): Metric {
  return {name: `boardcast_${name}`, type: 'histogram', help, read}
}

function sample(labels: Sample['labels'], value: number): Sample {
  return {labels, value}
}
