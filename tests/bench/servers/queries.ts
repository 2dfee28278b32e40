/** Observes the statements that this process sends to its database. Both kinds of store use pg's client. */
import pg from 'pg'

export interface Statement {
  text: string
  values: readonly unknown[]
}

/** Calls back with every statement until the returned function is called. */
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
