/** The members who read our streams, and the requests by which they open them. */
import {sql} from 'kysely'
import {formatRequest, type RunningApp} from './app.ts'
import {organization} from './organization.ts'

export interface ReaderRequest {
  count: number
  /** Each reader is a member of its own; else all are one, with one token. */
  distinct: boolean
  /** Other tokens than those of another round, so that each is verified once. */
  round: number
  lastEventId?: string
}

/** What each reader sends to open its stream; one request where all send the same. */
export async function requestsOf(app: RunningApp, request: ReaderRequest): Promise<string[]> {
  const {count, distinct, round, lastEventId} = request
  const headers = {Accept: 'text/event-stream', ...(lastEventId && {'Last-Event-ID': lastEventId})}
  const subjects = distinct ? Array.from({length: count}, (_, index) => subjectOf(index + 1)) : [subjectOf(1)]
  return Promise.all(
    subjects.map(async subject => {
      const token = await app.tokenFor(subject, organization, 3600 + round)
      return formatRequest('GET', '/events/tasks', token, headers)
    }),
  )
}

/** Makes so many members, and lets the process see each, as it has where they were connected before. */
export async function knowReaders({db, identity, tokenFor}: RunningApp, count: number): Promise<void> {
  const {caller} = await identity.authenticate({token: await tokenFor(subjectOf(1), organization)})
  await sql`
    insert into members (organization_id, id, issuer, subject, name, named_at, created_at)
    select ${caller.organization_id}, gen_random_uuid(), '', name, name, now(), now()
    from (select ${subjectOf('')} || n as name from generate_series(2, ${count}::integer) as n) as readers
  `.execute(db)
  for (let number = 2; number <= count; number++) {
    await identity.authenticate({token: await tokenFor(subjectOf(number), organization)})
  }
}

function subjectOf(number: number | string): string {
  return `reader-${number}`
}
