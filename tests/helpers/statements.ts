// Observes the statements that this process sends to its database. The database can be Postgres or the embedded store,
// because both kinds of store use pg’s client.
import pg from 'pg'

export interface Statement {
  text: string
  values: readonly unknown[]
}

/** Calls `onStatement` with every statement until the returned function is called. */
export function watchStatements(onStatement: (statement: Statement) => void): () => void {
  const client = pg.Client.prototype as unknown as {query: (...args: unknown[]) => unknown}
  const {query} = client
  client.query = function (this: pg.Client, ...args: unknown[]) {
    const [config] = args as [string | Statement]
    onStatement(typeof config === 'string' ? {text: config, values: []} : config)
    return query.apply(this, args)
  }
  return () => {
    client.query = query
  }
}

/** Returns the statements that are sent while `work` runs. */
export async function recordStatements(work: () => Promise<void>): Promise<Statement[]> {
  const statements: Statement[] = []
  const stop = watchStatements(({text, values}) => statements.push({text, values}))
  try {
    await work()
  } finally {
    stop()
  }
  return statements
}

/**
 * Returns the number of round trips of `work`. Statements that are sent before the next microtask share a
 * round trip.
 */
export async function countRoundTrips(work: () => Promise<unknown>): Promise<number> {
  let roundTrips = 0
  let isOpen = false
  const stop = watchStatements(() => {
    if (isOpen) return
    roundTrips++
    isOpen = true
    queueMicrotask(() => {
      isOpen = false
    })
  })
  try {
    await work()
  } finally {
    stop()
  }
  return roundTrips
}
