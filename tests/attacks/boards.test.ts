// In this attack, a member fills a board or a backlog, and then sends many concurrent requests that read it.
import {randomBytes} from 'node:crypto'
import {sql, type Transaction} from 'kysely'
import {readConfig} from '../../src/config.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {openStore} from '../../src/store/connection.ts'
import type {Tables} from '../../src/store/tables.ts'
import {createBoard} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {startProcess} from '../helpers/process.ts'

const reads = 30
const {MAX_STORIES_PER_PROJECT, MAX_TASKS_PER_STORY, MAX_TASKS_PER_SPRINT} = readConfig({}).quotas

for (const place of ['board that the quotas allow', 'backlog that the server returns'] as const)
  test(`with a heap of 256 MB, the server survives 30 concurrent reads of the largest ${place}`, async t => {
    t.timeout(300_000)
    const databaseUrl = await createDatabase()
    const secret = randomBytes(32).toString('hex')
    const server = await startProcess({
      DATABASE_URL: databaseUrl,
      AUTH_JWT_SECRET: secret,
      BUS: 'none',
      NODE_OPTIONS: '--max-old-space-size=256',
    })
    t.teardown(() => server.end('SIGKILL'))
    const member = {subject: 'ada', organization: 'acme', role: 'member', lifetime: 3600} as const
    const headers = {authorization: `Bearer ${await mintToken({secret}, member)}`}
    const me = await fetch(`${server.url}/api/v1/me`, {headers})
    const store = await openStore({url: databaseUrl})
    t.teardown(() => store.close())
    const board = await createBoard(store.db, (await me.json()) as any)
    const isBacklog = place.startsWith('backlog')
    await store.db
      .transaction()
      .execute(trx => (isBacklog ? fillBacklog(trx, board.task.id) : fillSprint(trx, board.sprint.id)))
    const path = isBacklog ? `projects/${board.project.id}/backlog` : `sprints/${board.sprint.id}/board`

    const lengths = await Promise.all(
      Array.from({length: reads}, () => readLength(`${server.url}/api/v1/${path}`, headers)),
    )
    t.log(`${Math.round(lengths[0]! / 1e6)} MB each`)
    t.is(new Set(lengths).size, 1)
    t.true(lengths[0]! > 10_000_000)
    t.is((await fetch(`${server.url}/livez`)).status, 200)
    t.is(await server.end('SIGTERM'), 0)
  })

/** Reads the response in pieces, and returns its length. */
async function readLength(url: string, headers: Record<string, string>): Promise<number> {
  let response = await fetch(url, {headers})
  // On a busy machine, a read may exceed the time limit of the database. The client is told to try again.
  while (response.status === 503 && (await response.json()).code === 'store-busy')
    response = await fetch(url, {headers})
  if (response.status !== 200) throw new Error(`GET ${url}: ${response.status} ${await response.text()}`)
  let length = 0
  for await (const piece of response.body!) length += piece.length
  return length
}

/** Adds as many tasks as a backlog can have. Their texts are short, because each task needs memory beside its texts. */
async function fillBacklog(trx: Transaction<Tables>, taskId: string): Promise<void> {
  await sql`set local statement_timeout = 0`.execute(trx)
  await sql`alter table tasks disable trigger tasks_add_search`.execute(trx)
  await sql`
    with story as (
      insert into stories (organization_id, id, project_id, title, description, status, version, created_at, updated_at)
      select organization_id, gen_random_uuid(), project_id, 'S', '', 'draft', 1, created_at, updated_at
      from tasks where id = ${taskId} returning id
    )
    insert into tasks (
      organization_id, id, project_id, story_id, title, description, status, created_by_user_id, acceptance_criteria_refs,
      version, created_at, updated_at, number, key
    )
    select organization_id, gen_random_uuid(), project_id, (select id from story), 'T', '', status, created_by_user_id,
      '{}', 1, created_at, updated_at, 1000000 + n, 'BULK-' || 1000000 + n
    from tasks, generate_series(1, 33400) n where id = ${taskId}`.execute(trx)
}

/**
 * Fills the sprint until the quotas allow no more stories and tasks. Every text has the maximum length for a request.
 */
async function fillSprint(trx: Transaction<Tables>, sprintId: string): Promise<void> {
  // Each statement inserts thousands of rows with the longest texts.
  await sql`set local statement_timeout = 0`.execute(trx)
  // The attack does not search, and the words of so many long texts need seconds of CPU time.
  await sql`alter table stories disable trigger stories_add_search`.execute(trx)
  await sql`alter table tasks disable trigger tasks_add_search`.execute(trx)
  const title = '日'.repeat(200) // the title with the most bytes: 200 characters with 3 bytes each
  const description = '\u0001'.repeat(10_000) // JSON needs six bytes for each character
  const refs = Array(10).fill(title)
  const ofSprint = sql`from sprints where id = ${sprintId}`
  const [{organization_id, project_id}] = (
    await sql<{organization_id: string; project_id: string}>`
    select organization_id, project_id ${ofSprint}`.execute(trx)
  ).rows as [{organization_id: string; project_id: string}]
  await sql`
    insert into members (organization_id, id, issuer, subject, name, named_at, created_at)
    select ${organization_id}, gen_random_uuid(), 'attacker', n, ${title}, now(), now()
    from generate_series(1, ${2 * MAX_TASKS_PER_SPRINT}) n`.execute(trx)
  await sql`
    insert into stories (
      organization_id, id, project_id, sprint_id, title, description, status, version, created_at, updated_at
    )
    select ${organization_id}, gen_random_uuid(), ${project_id}, ${sprintId}, ${title}, ${description}, 'draft', 1, now(),
      now()
    from generate_series(2, ${MAX_STORIES_PER_PROJECT}) n`.execute(trx)
  await sql`
    with full_stories as (
      select id, row_number() over (order by id) as number from stories where sprint_id = ${sprintId}
    ), attackers as (
      select id, row_number() over (order by id) as number from members where issuer = 'attacker'
    )
    insert into tasks (
      organization_id, id, project_id, sprint_id, story_id, title, description, status, owner_user_id,
      created_by_user_id, acceptance_criteria_refs, version, created_at, updated_at, owned_at, number, key
    )
    select ${organization_id}, gen_random_uuid(), ${project_id}, ${sprintId}, s.id, ${title}, ${description}, 'owned',
      owner.id, creator.id, ${refs}::text[], 1, now(), now(), now(), 1000000 + n, 'BULK-' || 1000000 + n
    from generate_series(2, ${MAX_TASKS_PER_SPRINT}) n
    join full_stories s on s.number = 2 + n / ${MAX_TASKS_PER_STORY}
    join attackers owner on owner.number = n
    join attackers creator on creator.number = n + ${MAX_TASKS_PER_SPRINT}`.execute(trx)
}
