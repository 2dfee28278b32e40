/** Creates the members that read the streams. */
import {sql} from 'kysely'
import {subjectOf} from '../requests.ts'
import type {RunningApp} from './app.ts'
import {organization} from './organization.ts'

/** Creates members and authenticates each member once, as if every member had connected before. */
export async function knowReaders({db, identity, tokenFor}: RunningApp, count: number): Promise<void> {
  const {caller} = await identity.authenticate({token: await tokenFor(subjectOf(1), organization)})
  await sql`
    insert into members (organization_id, id, issuer, subject, name, named_at, claimed_role, created_at)
    select ${caller.organization_id}, gen_random_uuid(), '', name, name, now(), 'member', now()
    from (select ${subjectOf('')} || n as name from generate_series(2, ${count}::integer) as n) as readers
  `.execute(db)
  for (let number = 2; number <= count; number++) {
    await identity.authenticate({token: await tokenFor(subjectOf(number), organization)})
  }
}
