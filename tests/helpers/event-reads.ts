/** Counts the statements that read events. */
import type {KyselyPlugin} from 'kysely'
import type {Database} from '../../src/store/connection.ts'

export interface CountedDatabase {
  db: Database
  /** Returns the number of statements that have read events. */
  eventReads: () => number
}

export function countEventReads(db: Database): CountedDatabase {
  let count = 0
  const plugin: KyselyPlugin = {
    transformQuery({node}) {
      if (/from events\b/.test(JSON.stringify(node))) count++
      return node
    },
    transformResult: async ({result}) => result,
  }
  return {db: db.withPlugin(plugin) as Database, eventReads: () => count}
}
