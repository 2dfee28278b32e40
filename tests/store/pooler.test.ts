// Tests the store through PgBouncer, whose clients share the connections to Postgres.
import {sql} from 'kysely'
import {type Database, openStore} from '../../src/store/connection.ts'
import {migrate} from '../../src/store/migrate.ts'
import {inTransaction} from '../../src/store/transaction.ts'
import {startPgBouncer, test} from '../helpers/pgbouncer.ts'
import {createDatabase} from '../helpers/postgres.ts'

const transactions = 200

for (const mode of ['session', 'transaction'] as const) {
  test(`in the ${mode} mode of PgBouncer, every transaction commits and gets the rows of its own statements`, async t => {
    const url = await startPgBouncer(t, await createDatabase(), mode)
    // The two stores simulate two processes. The stores run different statements in a different order.
    const stores = [await openStore({url, poolSize: 4}), await openStore({url, poolSize: 4})]
    t.teardown(() => Promise.all(stores.map(store => store.close())))
    await migrate(stores[0]!.db)
    const numbers = Array.from({length: transactions}, (_, index) => index)
    const [sums, products] = await Promise.all([
      Promise.all(numbers.map(n => calculate(stores[0]!.db, sql`select ${n}::int + 1 as value`))),
      Promise.all(numbers.map(n => calculate(stores[1]!.db, sql`select ${n}::int * 2 as value`))),
    ])
    t.deepEqual(
      sums,
      numbers.map(n => n + 1),
    )
    t.deepEqual(
      products,
      numbers.map(n => n * 2),
    )
  })
}

async function calculate(db: Database, query: ReturnType<typeof sql>): Promise<number> {
  return inTransaction(db, async trx => {
    await sql`select ${1}::int`.execute(trx)
    const {rows} = await query.execute(trx)
    return (rows[0] as {value: number}).value
  })
}
