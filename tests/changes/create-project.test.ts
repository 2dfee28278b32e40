import {newProjectSchema} from '../../src/board/project.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readProject} from '../../src/store/snapshots.ts'
import {createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('a new project is stored at version 1, and its event contains the whole project', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {
    result: project,
    records,
    cursor,
  } = await commitChange(store.db, ada, createProject(newProjectSchema.parse({name: ' Rocket '})))
  t.like(project, {name: 'Rocket', phase: 'planning', version: 1, updated_at: project.created_at})
  t.deepEqual(await readProject(store.db, ada.organization_id, project.id), {result: project, cursor})
  t.deepEqual(await readEvents(store.db, ada.organization_id), [
    {
      type: 'project.created',
      timestamp: project.created_at,
      actor_user_id: ada.user_id,
      project_id: project.id,
      version: 1,
      project,
    },
  ])
  t.is(cursor.seq, 1)
  t.like(records[0], {
    seq: 1,
    type: 'project.created',
    project_id: project.id,
    sprint_id: null,
    recipients: null,
  })
})

test('a viewer cannot create a project', async t => {
  const {vic} = await createOrganization(store.db, {vic: 'viewer'})
  await t.throwsAsync(commitChange(store.db, vic, createProject({name: 'Rocket', phase: 'planning'})), {
    code: 'role-insufficient',
  })
  t.deepEqual(await readEvents(store.db, vic.organization_id), [])
})
