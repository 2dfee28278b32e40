/** `boardcast stats`: lists the organizations that use the server most. */
import type {OrganizationStreams} from '../live/stream-counts.ts'
import type {Database} from '../store/connection.ts'
import {type OrganizationStats, readOrganizationStats, type StatsOrder} from '../store/organization-stats.ts'
import {CommandError} from './command-error.ts'

export interface StatsRequest {
  by: StatsOrder | 'streams'
  limit: number
  /** The URL of a running server. Undefined when the open streams are not needed; then `by` is not `streams`. */
  url: string | undefined
}

/**
 * Returns a table with the organizations, one per line. Throws CommandError when the open streams cannot be read.
 * `token` is METRICS_TOKEN.
 */
export async function describeOrganizations(
  db: Database,
  {by, limit, url}: StatsRequest,
  token: string | undefined,
): Promise<string> {
  const streams = url === undefined ? undefined : await readStreams(url, token)
  const busiest = streams?.slice(0, limit).map(({organization_id}) => organization_id) ?? []
  const selection = by === 'streams' ? {ids: busiest} : {by, limit}
  const rows = await readOrganizationStats(db, selection)
  const streamsOf = ({id}: OrganizationStats) =>
    streams?.find(({organization_id}) => organization_id === id)?.streams ?? 0
  if (by === 'streams') rows.sort((one, other) => streamsOf(other) - streamsOf(one))
  const columns = [
    'organization',
    'id',
    ...(streams ? ['streams'] : []),
    'events',
    'kept',
    'bytes',
    'members',
    'tasks',
  ]
  const cells = rows.map(row => [
    // The value comes from a token, so it can contain control characters.
    row.claim.replace(/\p{C}/gu, '?'),
    row.id,
    ...[
      ...(streams ? [streamsOf(row)] : []),
      row.events,
      row.events_kept,
      row.bytes,
      row.members,
      row.tasks,
    ].map(count => count.toLocaleString('en-US')),
  ])
  return formatTable([columns, ...cells])
}

/** Reads the organizations with the most open streams from a running server. */
async function readStreams(url: string, token: string | undefined): Promise<OrganizationStreams[]> {
  if (token === undefined) throw new CommandError('Set METRICS_TOKEN to the METRICS_TOKEN of the server.')
  const endpoint = new URL('/metrics/organizations', url)
  const response = await fetch(endpoint, {headers: {authorization: `Bearer ${token}`}}).catch(cause => {
    throw new CommandError(`${endpoint} cannot be reached: ${cause.cause?.message ?? cause.message}.`, {
      cause,
    })
  })
  if (response.ok) return ((await response.json()) as {organizations: OrganizationStreams[]}).organizations
  const remedy =
    response.status === 401
      ? 'METRICS_TOKEN is not the METRICS_TOKEN of the server.'
      : 'The server needs METRICS_TOKEN. If the server has METRICS_PORT, use this port in the URL.'
  throw new CommandError(`${endpoint} responded with status ${response.status}. ${remedy}`)
}

/** The first two columns are texts, and the others are numbers. */
function formatTable(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const pad = (cell: string, column: number) =>
    column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
  return rows.map(row => row.map(pad).join('  ').trimEnd()).join('\n')
}
