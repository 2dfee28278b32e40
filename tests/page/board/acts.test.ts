import test from 'ava'
import {actText} from '../../../src/page/board/act-text.ts'
import {addChange, type Change, type Group} from '../../../src/page/board/acts.ts'

let time = 0
const change = (fields: object = {}): Change =>
  ({
    type: 'ownership_taken',
    actorId: 'bob',
    actor: 'Bob',
    targetId: 'Fuel',
    subject: 'Fuel',
    timestamp: `at ${++time}`,
    ...fields,
  }) as Change
const onTask = (title: string, fields: object = {}) => change({targetId: title, subject: title, ...fields})

/** Adds one change every 100 ms. Returns the texts of all notes that are shown or changed, with the keys of the notes. */
function notesFor(changes: Change[], everyMs = 100) {
  let groups: readonly Group[] = []
  return changes.map((change, index) => {
    const added = addChange(groups, change, index * everyMs)
    groups = added.groups
    return added.group && {key: added.group.key, ...actText(added.group.changes)}
  })
}
const lastNote = (...changes: Change[]) => {
  const {title, detail} = notesFor(changes).at(-1)!
  return `${title}: ${detail}`
}
const keysOf = (...changes: Change[]) => new Set(notesFor(changes).map(note => note?.key)).size

test('a single change is shown with its actor, its action and its task', t => {
  t.is(lastNote(change()), 'Bob took a task: Fuel')
  t.is(lastNote(change({type: 'ownership_transferred', to: 'Cid'})), 'Bob gave a task to Cid: Fuel')
  t.is(lastNote(change({type: 'ownership_released'})), 'Bob released a task: Fuel')
  t.is(
    lastNote(change({type: 'status_changed', newStatus: 'in_progress'})),
    'Bob moved a task to In progress: Fuel',
  )
  t.is(
    lastNote(
      change({type: 'story.status.changed', newStatus: 'in_progress', targetId: 'Orbit', subject: 'Orbit'}),
    ),
    'Bob moved a story to In progress: Orbit',
  )
})

test('a story that moves with its tasks is one act, in every order of its events', t => {
  const timestamp = 'the same'
  const story = change({
    type: 'story.moved',
    to: 'the backlog',
    targetId: 'Orbit',
    subject: 'Orbit',
    timestamp,
  })
  const tasks = ['Fuel', 'Ignite', 'Steer'].map(title => onTask(title, {type: 'task.moved', timestamp}))
  const text = 'Bob moved a story to the backlog: Orbit'
  t.is(lastNote(story, ...tasks), text)
  t.is(lastNote(...tasks, story), text)
  t.is(keysOf(story, ...tasks), 1)
})

test('similar acts of one member share a note that counts the tasks', t => {
  const moved = (title: string, newStatus = 'completed') => onTask(title, {type: 'status_changed', newStatus})
  t.is(lastNote(onTask('Fuel'), onTask('Ignite')), 'Bob took 2 tasks: Fuel and Ignite')
  t.is(lastNote(moved('A'), moved('B'), moved('C')), 'Bob moved 3 tasks to Completed: A and 2 more')
  t.is(lastNote(moved('A'), moved('B', 'failed')), 'Bob moved 2 tasks: A and B')
  t.is(keysOf(moved('A'), moved('B')), 1)
})

test('acts of different members and different acts on different tasks have notes of their own', t => {
  t.is(keysOf(onTask('Fuel'), onTask('Ignite', {actorId: 'eve', actor: 'Eve'})), 2)
  t.is(keysOf(onTask('Fuel'), onTask('Ignite', {type: 'task.commented'})), 2)
})

test('the next change of the same task by the same member replaces the text of the note', t => {
  const started = onTask('Fuel', {type: 'status_changed', newStatus: 'in_progress'})
  t.is(lastNote(onTask('Fuel'), started), 'Bob moved a task to In progress: Fuel')
  t.is(keysOf(onTask('Fuel'), started), 1)
})

test('a change after the end of the note starts another note', t => {
  const notes = notesFor([onTask('Fuel'), onTask('Ignite')], 3_000)
  t.not(notes[0]!.key, notes[1]!.key)
  t.is(notes[1]!.title, 'Bob took a task')
})

test('under steady change by one member, one note is shown, and the next note after a pause', t => {
  const changes = Array.from({length: 200}, (_, n) => onTask(`Task ${n}`))
  const notes = notesFor(changes) // 20 seconds
  t.is(notes[29]!.title, 'Bob took 30 tasks')
  t.true(notes.slice(30).every(note => note === undefined))

  let groups: readonly Group[] = []
  for (const [index, change] of changes.entries()) groups = addChange(groups, change, index * 100).groups
  const later = addChange(groups, onTask('Fuel'), 20_000 + 3_000)
  t.is(later.group?.changes.length, 1)
})

test('the detail is empty when the subjects are unknown', t => {
  t.is(lastNote(change({subject: ''})), 'Bob took a task: ')
})
