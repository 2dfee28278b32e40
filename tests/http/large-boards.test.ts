import test from 'ava'
import {sql} from 'kysely'
import {formatCursor} from '../../src/board/cursor.ts'
import {readBoardContent} from '../../src/store/board-content.ts'
import {digestOf} from '../../src/store/board-digest.ts'
import {readBacklog, readBoard} from '../../src/store/snapshots.ts'
import {type Server, startServer} from '../helpers/server.ts'

let server: Server
test.before(async () => {
  server = await startServer()
})
test.after.always(() => server.close())

const tasks = 3_000

test('the response with a large board or backlog has the same bytes as its JSON, compressed or not', async t => {
  const {organizationId, sprintId, projectId, storyId, ada, get} = await createLargeBoard('bytes')
  const {result: board, cursor} = await readBoard(server.db, organizationId, sprintId)
  t.is(board.stories[0]!.tasks.length, tasks + 1)
  const expected = JSON.stringify({...board, cursor: formatCursor(cursor), digest: digestOf(board)})
  await requireBytes(`/sprints/${sprintId}/board`, expected)

  t.is((await ada.patch(`/stories/${storyId}`, {sprint_id: null})).status, 200)
  const {result: backlog, cursor: moved} = await readBacklog(server.db, organizationId, projectId)
  t.is(backlog.stories[0]!.tasks.length, tasks + 1)
  await requireBytes(
    `/projects/${projectId}/backlog`,
    JSON.stringify({...backlog, cursor: formatCursor(moved)}),
  )

  async function requireBytes(path: string, expected: string) {
    for (const coding of ['identity', 'br', 'gzip']) {
      const body = await get(path, coding)
      // `t.is` would print a megabyte.
      t.true(
        body === expected,
        `${path} ${coding}: ${body.slice(0, 50)} … ${body.slice(-150)}\n${expected.slice(-150)}`,
      )
    }
  }
})

test('a backlog whose tasks need more than 32 MB is refused, and its lists have pages', async t => {
  const {organizationId, projectId, storyId, ada, get} = await createLargeBoard('refused')
  await ada.patch(`/stories/${storyId}`, {sprint_id: null})
  const path = `/projects/${projectId}/backlog`
  t.is(JSON.parse(await get(path, 'identity')).stories.length, 1)
  const refs = Array(10).fill('日'.repeat(400))
  await sql`update tasks set acceptance_criteria_refs = ${refs} where organization_id = ${organizationId}`.execute(
    server.db,
  )
  t.like(await ada.get(path), {status: 409, body: {code: 'backlog-too-large'}})
  t.is(JSON.parse(await get(`/stories/${storyId}/tasks?limit=2`, 'identity')).items.length, 2)
})

test('a large board that is read for a checkpoint equals the board that clients read', async t => {
  const {organizationId, sprintId} = await createLargeBoard('checkpoint')
  const {result, cursor} = await readBoard(server.db, organizationId, sprintId)
  const {members: _, labels: __, ...expected} = result
  t.deepEqual(await readBoardContent(server.db, organizationId, sprintId), {result: expected, cursor})
})

/** Creates a board with 3,001 tasks. Some titles contain characters that JSON escapes. */
async function createLargeBoard(org: string) {
  const {organizationId, ada, project, sprint, story, task} = await server.team(org)
  await sql`
    insert into tasks (
      organization_id, id, project_id, sprint_id, story_id, title, description, status, created_by_user_id,
      acceptance_criteria_refs, estimated_hours, version, created_at, updated_at, number, key
    )
    select organization_id, gen_random_uuid(), project_id, sprint_id, story_id,
      (array[E'Line 1\nLine 2', E'"Quoted" \\ \t', '日本 😀', E'\u2028'])[1 + n % 4] || n, '', status,
      created_by_user_id, array['AC-' || n, '"'], n / 10.0, 1, created_at, updated_at,
      1000000 + n, 'BULK-' || 1000000 + n
    from tasks, generate_series(1, ${tasks}::integer) n
    where organization_id = ${organizationId} and id = ${task.id}`.execute(server.db)
  const authorization = `Bearer ${await server.tokenFor({sub: 'ada', org, name: 'Ada'})}`
  const get = async (path: string, coding: string) => {
    const headers = {authorization, 'accept-encoding': coding}
    const response = await fetch(`${server.url}/api/v1${path}`, {headers})
    if (response.headers.get('content-encoding') !== (coding === 'identity' ? null : coding))
      throw new Error(`${path}: Content-Encoding is ${response.headers.get('content-encoding')}`)
    return response.text()
  }
  return {organizationId, sprintId: sprint.id, projectId: project.id, storyId: story.id, ada, get}
}
