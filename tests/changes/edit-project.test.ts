import type {Project} from '../../src/board/project.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {deleteProject} from '../../src/changes/delete-project.ts'
import {editProject} from '../../src/changes/edit-project.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readProject} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('setting a new phase appends project.updated and project.phase.changed, and setting a new name appends only project.updated', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project: made} = await createBoard(store.db, ada)
  const {result: project} = await commitChange(
    store.db,
    ada,
    editProject(made.id, {phase: 'build', name: 'Rover'}),
  )
  t.deepEqual(project, {...made, phase: 'build', name: 'Rover', version: 2, updated_at: project.updated_at})
  const renamed = await commitChange(store.db, ada, editProject(made.id, {name: 'Rocket', phase: 'build'}))
  const events = await readEvents(store.db, ada.organization_id, renamed.cursor.seq - 3)
  t.deepEqual(
    events.map(event => [event.type, 'version' in event && event.version]),
    [
      ['project.updated', 2],
      ['project.phase.changed', 2],
      ['project.updated', 3],
    ],
  )
  t.like(events[1], {old_phase: 'planning', new_phase: 'build'})
})

test('the limits of the columns are replaced as a whole, and equal limits change nothing', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project} = await createBoard(store.db, ada)
  t.deepEqual(project.wip_limits, {})
  const limit = (wip_limits: Project['wip_limits']) =>
    commitChange(store.db, ada, editProject(project.id, {wip_limits}))
  const {cursor} = await limit({owned: 5, in_progress: 3})
  const [event] = await readEvents(store.db, ada.organization_id, cursor.seq - 1)
  t.like(event, {type: 'project.updated', project: {version: 2, wip_limits: {owned: 5, in_progress: 3}}})
  t.is((await limit({owned: 5, in_progress: 3})).result.version, 2)
  t.deepEqual((await limit({in_progress: 4})).result.wip_limits, {in_progress: 4})
  const {result} = await readProject(store.db, ada.organization_id, project.id)
  t.deepEqual(result.wip_limits, {in_progress: 4})
})

test('when a project does not have the expected version, an edit or deletion of the project is rejected; of two concurrent deletions, only one succeeds', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'admin'})
  const {project} = await createBoard(store.db, ada)
  await t.throwsAsync(commitChange(store.db, ada, editProject(project.id, {name: 'Late'}, [7])), {
    code: 'version-mismatch',
  })
  await t.throwsAsync(commitChange(store.db, ada, deleteProject(project.id, [7])), {code: 'version-mismatch'})
  t.deepEqual((await readProject(store.db, ada.organization_id, project.id)).result, project)
  const outcomes = await Promise.allSettled([
    commitChange(store.db, ada, deleteProject(project.id)),
    commitChange(store.db, ada, deleteProject(project.id)),
  ])
  const refused = outcomes.filter(outcome => outcome.status === 'rejected')
  t.deepEqual(
    refused.map(({reason}) => reason.code),
    ['project-not-found'],
  )
})
