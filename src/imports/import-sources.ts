/** Reads and writes which row was created from which thing of a file. */
import {type Compilable, sql, type Transaction} from 'kysely'
import {compilable} from '../store/compilable.ts'
import type {Database} from '../store/connection.ts'
import {anyOf} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import type {Digests} from './digests.ts'
import type {Preview} from './preview.ts'

type Kind = Tables['import_sources']['kind']

export interface Source {
  target_id: string
  digests: Digests
  /** The file was exported from the project: its id is the id of the row. Such a row stays as it is. */
  isOwn?: true
}

export interface ImportPlace {
  organizationId: string
  projectId: string
  /** Only in a preview, which locks and writes nothing: what the batches so far would store. */
  previewed?: Preview
}

/** Returns the known sources among those that are given, and those that are ids of rows of the project. */
export async function readSources(
  trx: Transaction<Tables>,
  place: ImportPlace,
  kind: Kind,
  sources: readonly string[],
): Promise<Map<string, Source>> {
  if (sources.length === 0) return new Map()
  const {organizationId, projectId, previewed} = place
  const {rows} = await sql<Source & {source: string}>`
    select source, target_id, digests from import_sources
    where organization_id = ${organizationId} and project_id = ${projectId} and kind = ${kind}
      and source = any (${[...new Set(sources)]}::text[])`.execute(trx)
  const known = new Map<string, Source>(rows.map(({source, ...rest}) => [source, rest]))
  for (const source of sources) {
    const target_id = previewed?.idOf(kind, source)
    if (target_id) known.set(source, {target_id, digests: {}})
  }
  const unknown = sources.filter(source => !known.has(source))
  for (const [source, target_id] of await readOwnIds(trx, place, kind, unknown))
    known.set(source, {target_id, digests: {}, isOwn: true})
  return known
}

// Matches the sources whose id is the id of a row.
const withOwnId = /^(?:boardcast|csv):([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/

async function readOwnIds(
  trx: Transaction<Tables>,
  {organizationId, projectId}: ImportPlace,
  kind: Kind,
  sources: readonly string[],
): Promise<[source: string, id: string][]> {
  const ids = new Map(sources.map(source => [source, withOwnId.exec(source)?.[1]] as const))
  const wanted = anyOf([...ids.values()].filter(id => id !== undefined))
  if (kind === 'label' || ![...ids.values()].some(Boolean)) return []
  const ofProject = sql`organization_id = ${organizationId} and project_id = ${projectId}`
  const {rows} = await (kind === 'comment'
    ? sql<{id: string}>`
        select id from comments where organization_id = ${organizationId} and id = ${wanted}
          and task_id in (select id from tasks where ${ofProject})`
    : sql<{id: string}>`select id from ${sql.table(tables[kind])} where ${ofProject} and id = ${wanted}`
  ).execute(trx)
  const found = new Set(rows.map(({id}) => id))
  return [...ids].flatMap(([source, id]) => (id && found.has(id) ? [[source, id] as [string, string]] : []))
}

const tables = {sprint: 'sprints', story: 'stories', task: 'tasks'} as const

/** Returns the number of known sources of each kind. */
export async function countSources(
  db: Database,
  {organizationId, projectId}: ImportPlace,
): Promise<Record<Kind, number>> {
  const {rows} = await sql<{kind: Kind; count: number}>`
    select kind, count(*) from import_sources where organization_id = ${organizationId} and project_id = ${projectId}
    group by kind`.execute(db)
  const none = {sprint: 0, label: 0, story: 0, task: 0, comment: 0}
  return {...none, ...Object.fromEntries(rows.map(({kind, count}) => [kind, count]))}
}

/** Returns the statement that stores the sources, and replaces the digests of known sources. */
export function storeSources(
  trx: Transaction<Tables>,
  {organizationId, projectId}: ImportPlace,
  kind: Kind,
  sources: readonly (Source & {source: string})[],
): Compilable[] {
  if (sources.length === 0) return []
  const column = (name: 'source' | 'target_id') => sources.map(source => source[name])
  const digests = sources.map(source => JSON.stringify(source.digests))
  return [
    compilable(
      trx,
      sql`
        insert into import_sources (organization_id, project_id, kind, source, target_id, digests)
        select ${organizationId}, ${projectId}, ${kind}, s.source, s.target_id, s.digests::jsonb
        from unnest(${column('source')}::text[], ${column('target_id')}::uuid[], ${digests}::text[])
          as s (source, target_id, digests)
        on conflict (organization_id, project_id, kind, source) do update set digests = excluded.digests`,
    ),
  ]
}

/** Returns the statement that inserts the rows. Each row has the given columns. */
export function insertRows(
  trx: Transaction<Tables>,
  table: 'stories' | 'tasks' | 'comments',
  organizationId: string,
  columns: readonly string[],
  rows: readonly object[],
): Compilable[] {
  if (rows.length === 0) return []
  const names = sql.join(columns.map(name => sql.ref(name)))
  return [
    compilable(
      trx,
      sql`
        insert into ${sql.table(table)} (organization_id, ${names})
        select ${organizationId}, ${names} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)`,
    ),
  ]
}

/** Returns the statement that updates the columns of the rows with the same ids. */
export function updateRows(
  trx: Transaction<Tables>,
  table: 'stories' | 'tasks',
  organizationId: string,
  columns: readonly string[],
  rows: readonly object[],
): Compilable[] {
  if (rows.length === 0) return []
  const values = sql.join(columns.map(name => sql`${sql.ref(name)} = n.${sql.ref(name)}`))
  return [
    compilable(
      trx,
      sql`
        update ${sql.table(table)} t set ${values}
        from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json) n
        where t.organization_id = ${organizationId} and t.id = n.id`,
    ),
  ]
}
