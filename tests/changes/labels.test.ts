import {sql} from 'kysely'
import {applyEvent} from '../../src/board/apply-event.ts'
import {newLabelSchema} from '../../src/board/label.ts'
import type {Caller} from '../../src/board/member.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createLabel} from '../../src/changes/create-label.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteLabel} from '../../src/changes/delete-label.ts'
import {deleteProject} from '../../src/changes/delete-project.ts'
import {editLabel} from '../../src/changes/edit-label.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {listLabels, readBoard, readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {withoutDescriptions} from '../helpers/same-board.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

async function addLabel(by: Caller, projectId: string, name: string) {
  return (await commitChange(store.db, by, createLabel(projectId, newLabelSchema.parse({name})))).result
}

test('a board contains the labels of its project, sorted by id, and its tasks contain the ids of their labels, sorted', async t => {
  const {db} = store
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {project, sprint, story} = await createBoard(db, ada)
  const labels = [await addLabel(ada, project.id, 'Bug'), await addLabel(ada, project.id, 'Safety')]
  t.like(labels[0], {project_id: project.id, name: 'Bug', color: 'gray', version: 1})
  const ids = labels.map(({id}) => id)
  const input = newTaskSchema.parse({title: 'Weld', label_ids: [...ids.toReversed(), ids[0]]})
  const {result: task} = await commitChange(db, ada, createTask(story.id, input))
  t.deepEqual(task.label_ids, ids)
  const {result: board} = await readBoard(db, ada.organization_id, sprint.id)
  t.deepEqual(board.labels, labels)
  t.deepEqual(board.stories[0]!.tasks.at(-1)!.label_ids, ids)
  const same = await commitChange(db, ada, editTask(task.id, {label_ids: [...ids].reverse()}))
  t.deepEqual(same.records, [])
  const {result: edited, records} = await commitChange(db, ada, editTask(task.id, {label_ids: [ids[1]!]}))
  t.deepEqual([edited.label_ids, edited.version], [[ids[1]!], 2])
  t.like(JSON.parse(records[0]!.data), {type: 'task.updated', task: {label_ids: [ids[1]]}})
  const {result: page} = await listLabels(db, ada.organization_id, project.id, {limit: 1})
  t.deepEqual(page, {items: [labels[0]!], next: ids[0]!})
})

test('a task accepts only labels of its project', async t => {
  const {db} = store
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {task, story} = await createBoard(db, ada)
  const {project: other} = await createBoard(db, ada)
  const {bob} = await createOrganization(db, {bob: 'member'})
  const {project: foreign} = await createBoard(db, bob)
  for (const id of [
    newId(),
    (await addLabel(ada, other.id, 'Bug')).id,
    (await addLabel(bob, foreign.id, 'Bug')).id,
  ]) {
    await t.throwsAsync(commitChange(db, ada, editTask(task.id, {label_ids: [id]})), {
      code: 'label-not-found',
    })
    const input = newTaskSchema.parse({title: 'Weld', label_ids: [id]})
    await t.throwsAsync(commitChange(db, ada, createTask(story.id, input)), {code: 'label-not-found'})
  }
  t.deepEqual((await readTask(db, ada.organization_id, task.id)).result, task)
})

test('two labels of a project never have the same name, also when two members create or rename them at the same time', async t => {
  const {db} = store
  const {ada, grace} = await createOrganization(db, {ada: 'member', grace: 'member'})
  const {project} = await createBoard(db, ada)
  const {project: other} = await createBoard(db, ada)
  const twice = await Promise.allSettled([
    addLabel(ada, project.id, 'Bug'),
    addLabel(grace, project.id, 'BUG'),
    addLabel(ada, other.id, 'bug'),
  ])
  t.deepEqual(twice.map(({status}) => status).sort(), ['fulfilled', 'fulfilled', 'rejected'])
  const [one, two] = [await addLabel(ada, project.id, 'One'), await addLabel(ada, project.id, 'Two')]
  const renamed = await Promise.allSettled(
    [one, two].map(({id}) => commitChange(db, ada, editLabel(id, {name: 'Safety'}))),
  )
  t.deepEqual(renamed.map(({status}) => status).sort(), ['fulfilled', 'rejected'])
  const refused = renamed.find(({status}) => status === 'rejected') as PromiseRejectedResult
  t.is(refused.reason.code, 'label-name-in-use')
  await t.throwsAsync(commitChange(db, ada, editLabel(one.id, {color: 'red'}, [9])), {
    code: 'version-mismatch',
  })
})

test('a deleted label is removed from all tasks of the project: no task gets a new version or an event, and boards follow', async t => {
  const {db} = store
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {project, sprint, story, task} = await createBoard(db, ada)
  const labels = [await addLabel(ada, project.id, 'Bug'), await addLabel(ada, project.id, 'Safety')]
  const ids = labels.map(({id}) => id)
  const {result: labelled} = await commitChange(db, ada, editTask(task.id, {label_ids: ids}))
  await commitChange(db, ada, createTask(story.id, newTaskSchema.parse({title: 'Weld', label_ids: [ids[0]]})))
  const before = await readBoard(db, ada.organization_id, sprint.id)

  const {records} = await commitChange(db, ada, deleteLabel(ids[0]!))
  t.is(records.length, 1)
  t.like(JSON.parse(records[0]!.data), {
    type: 'label.deleted',
    label_id: ids[0],
    version: 2,
    label: {name: 'Bug'},
  })
  const {result: after} = await readTask(db, ada.organization_id, task.id)
  t.deepEqual(after, {...labelled, label_ids: [ids[1]!]})
  const events = await readEvents(db, ada.organization_id, before.cursor.seq)
  const {result: board} = await readBoard(db, ada.organization_id, sprint.id)
  t.deepEqual(withoutDescriptions(events.reduce(applyEvent, before.result)), board)
  await t.throwsAsync(commitChange(db, ada, deleteLabel(ids[0]!)), {code: 'label-not-found'})
  await t.throwsAsync(commitChange(db, ada, editLabel(ids[0]!, {color: 'red'})), {code: 'label-not-found'})
})

test('while a label is deleted, members who set it either come first and lose it, or are refused', async t => {
  const {db} = store
  const {ada, grace} = await createOrganization(db, {ada: 'member', grace: 'member'})
  const {project, story} = await createBoard(db, ada)
  for (let round = 0; round < 10; round++) {
    const {id} = await addLabel(ada, project.id, `Label ${round}`)
    const create = (by: Caller) =>
      commitChange(db, by, createTask(story.id, newTaskSchema.parse({title: 'Weld', label_ids: [id]})))
    const {result: task} = await commitChange(
      db,
      ada,
      createTask(story.id, newTaskSchema.parse({title: 'Rivet'})),
    )
    const outcomes = await Promise.allSettled([
      create(ada),
      commitChange(db, grace, editTask(task.id, {label_ids: [id]})),
      commitChange(db, ada, deleteLabel(id)),
      create(grace),
      commitChange(db, ada, editTask(task.id, {story_id: story.id, label_ids: [id], title: 'Glue'})),
    ])
    t.is(outcomes[2]!.status, 'fulfilled')
    const refusals = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
    t.true(refusals.every(code => code === 'label-not-found'))
    const {rows} = await sql`select id from tasks where ${id} = any (label_ids)`.execute(db)
    t.deepEqual(rows, [])
  }
})

test('the names of labels count as texts of the organization, and are deleted with the project', async t => {
  const {db} = store
  const {root} = await createOrganization(db, {root: 'admin'})
  const {project} = await createBoard(db, root)
  const count = async () => {
    const {rows} = await sql<{counted: number; stored: number}>`
      select text_bytes as counted, stored_text_bytes(organization_id) as stored
      from event_streams where organization_id = ${root.organization_id}`.execute(db)
    t.is(rows[0]!.counted, rows[0]!.stored)
    return rows[0]!.counted
  }
  const before = await count()
  const {id} = await addLabel(root, project.id, 'Größe')
  t.is(await count(), before + 7)
  await commitChange(db, root, editLabel(id, {name: 'Size'}))
  t.is(await count(), before + 4)
  await commitChange(db, root, deleteLabel(id))
  t.is(await count(), before)
  await addLabel(root, project.id, 'Bug')
  await commitChange(db, root, deleteProject(project.id))
  t.is(await count(), 0)
})
