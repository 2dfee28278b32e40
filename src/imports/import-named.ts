/** Imports things that the project has only once for each name: labels and sprints. */
import type {Transaction} from 'kysely'
import type {QuotaSetting} from '../board/quotas.ts'
import type {CountedRows} from '../store/quotas.ts'
import type {Tables} from '../store/tables.ts'
import type {BatchReport, ImportContext} from './import-context.ts'
import {readSources, storeSources} from './import-sources.ts'

export interface NamedThings<Imported, Row> {
  kind: 'label' | 'sprint'
  /** The quota of the rows of a project. */
  setting: QuotaSetting
  /** The things of the file. */
  imported: readonly Imported[]
  /** The rows that the project already has. */
  existing: readonly {id: string; name: string}[]
  /** Names with the same result are one name. */
  comparable(name: string): string
  create(thing: Imported): Row
}

/**
 * Creates the things whose names the project does not have, and remembers for each thing of the file which row belongs to
 * it. A thing that was imported before is never changed. The caller must have locked the names, except in a preview.
 */
export async function addNamed<Imported extends {source: string; name: string}, Row extends {id: string}>(
  trx: Transaction<Tables>,
  context: ImportContext,
  {kind, setting, imported, existing, comparable, create}: NamedThings<Imported, Row>,
) {
  const sources = await readSources(
    trx,
    context,
    kind,
    imported.map(({source}) => source),
  )
  const idOfName = new Map(existing.map(({name, id}) => [comparable(name), id]))
  const added: Row[] = []
  const linked = imported
    .filter(({source}) => !sources.has(source))
    .map(thing => {
      let target_id = idOfName.get(comparable(thing.name))
      if (!target_id) {
        const row = create(thing)
        added.push(row)
        target_id = row.id
        context.previewed?.create(row)
      }
      context.previewed?.link(kind, thing.source, target_id)
      return {source: thing.source, target_id, digests: {}}
    })
  const counted: CountedRows[] = [
    {setting, added: added.length, table: `${kind}s`, parent: {column: 'project_id', id: context.projectId}},
  ]
  const result: BatchReport = {
    created: {[`${kind}s`]: added.length},
    updated: {},
    unchanged: {[`${kind}s`]: imported.length - added.length},
    notKept: [],
  }
  return {
    added,
    result,
    sources: storeSources(trx, context, kind, linked),
    counted: added.length > 0 ? counted : [],
  }
}
