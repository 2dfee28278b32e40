import {newSprintSchema} from '../../src/board/sprint.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createSprint} from '../../src/changes/create-sprint.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {readSprint} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('a new sprint is stored at version 1 with the given dates, and its event contains the whole sprint', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project} = await createBoard(store.db, ada)
  const input = newSprintSchema.parse({name: 'Sprint 2', starts_on: '2026-02-28', ends_on: '2026-03-13'})
  const {result: sprint, cursor} = await commitChange(store.db, ada, createSprint(project.id, input))
  t.like(sprint, {...input, project_id: project.id, goal: '', version: 1})
  t.deepEqual(await readSprint(store.db, ada.organization_id, sprint.id), {result: sprint, cursor})
  t.deepEqual(await readEvents(store.db, ada.organization_id, cursor.seq - 1), [
    {
      type: 'sprint.created',
      timestamp: sprint.created_at,
      actor_user_id: ada.user_id,
      project_id: project.id,
      sprint_id: sprint.id,
      version: 1,
      sprint,
    },
  ])
})

test('creating a sprint in an unknown project is rejected and appends no event', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const input = newSprintSchema.parse({name: 'Sprint 2'})
  await t.throwsAsync(commitChange(store.db, ada, createSprint(newId(), input)), {code: 'project-not-found'})
  t.deepEqual(await readEvents(store.db, ada.organization_id), [])
})
