/** Which errors mean that the database is away, not that we asked it for something wrong. */

// Of the network, and of Postgres while it stops, crashes or starts.
const outageCodes = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P01', '57P02', '57P03']
// What pg itself notices has no code, and the rollback of a broken transaction says the second.
const outageMessages = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
]

export function isStoreOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const {code} = error as {code?: unknown}
  // Class 08 of Postgres' codes: connection exceptions.
  if (typeof code === 'string') return outageCodes.includes(code) || /^08...$/.test(code)
  return outageMessages.some(message => error.message.startsWith(message))
}
