import test from 'ava'
import type {Task} from '../../../src/board/task.ts'
import type {Act} from '../../../src/page/undo/act.ts'
import {startUndo} from '../../../src/page/undo/undo.ts'
import {until} from '../../helpers/until.ts'

const me = {user_id: 'ada', organization_id: 'acme', role: 'member', name: 'Ada'} as const

/** Starts the undo with a server that has one task for each id, and accepts every change. */
function start(network = {isDown: false}) {
  const keys = new EventTarget()
  const patched: string[] = []
  const buttons: (() => void)[] = []
  const shown: string[] = []
  const note = ({title}: {title: string}) => void shown.push(title)
  const api = {
    async call(name: string, {params: {id}, body}: {params: {id: string}; body?: object}) {
      if (network.isDown) throw new TypeError('no network')
      if (name.endsWith('/history')) return {items: [made]}
      if (name.startsWith('PATCH')) patched.push(`${id} ${JSON.stringify(body)}`)
      return taskOf(id, 'high')
    },
  }
  const {add} = startUndo({
    api: api as unknown as Parameters<typeof startUndo>[0]['api'],
    me: () => me,
    notes: {
      showNote(text, {action} = {}) {
        note(text)
        if (action) buttons.push(action.run)
      },
      showWarning: note,
      hideNote() {},
    },
    nameOf: () => 'Bob',
    keys,
  })
  const press = (key = 'z', more = {ctrlKey: true}) =>
    keys.dispatchEvent(
      Object.assign(new Event('keydown', {cancelable: true}), {key, metaKey: false, ...more}),
    )
  return {add: (act: Promise<Act | undefined>) => add(act, undefined), press, patched, buttons, shown}
}

const taskOf = (id: string, priority: Task['priority']) =>
  ({
    id,
    key: id,
    title: '',
    priority,
    status: 'available',
    owner_user_id: null,
    version: 1,
    updated_at: made.timestamp,
  }) as Task
/** The change of the viewer, as the history has it. */
const made = {
  timestamp: '2026-03-01T09:00:00.000Z',
  actor_user_id: me.user_id,
  changes: [{field: 'priority'}],
}
const act = (id: string): Act => ({
  kind: 'task',
  before: taskOf(id, null),
  after: taskOf(id, 'high'),
  fields: ['priority'],
})
function deferred() {
  let [resolve, reject] = [(_: Act) => {}, (_: Error) => {}]
  const promise = new Promise<Act>((...settle) => {
    ;[resolve, reject] = settle
  })
  return {promise, resolve, reject}
}

const undone = (...ids: string[]) => ids.map(id => `${id} {"priority":null}`)

test('after an act that the page cannot undo, the key says so, and undoes the act before it only when it is pressed again', async t => {
  const {add, press, patched, shown, buttons} = start()
  add(Promise.resolve(act('a')))
  add(Promise.resolve({kind: 'final', text: 'Sprint edited: Sprint 12'}))
  press()
  await until(() => shown.includes('You cannot undo this'))
  t.is(buttons.length, 1, 'such an act has no note')
  t.deepEqual(patched, [])
  press()
  await until(() => patched.length > 0)
  t.deepEqual(patched, undone('a'))
})

test('the key undoes the last act, then the act before it, and nothing when no act is left', async t => {
  const {add, press, patched, shown} = start()
  for (const id of ['a', 'b']) add(Promise.resolve(act(id)))
  for (let presses = 0; presses < 3; presses++) press()
  await until(() => shown.filter(title => title === 'Undone').length === 2)
  t.deepEqual(patched, undone('b', 'a'))
})

test('only the last 20 acts are undone', async t => {
  const {add, press, patched} = start()
  const ids = Array.from({length: 21}, (_, index) => `t${index}`)
  for (const id of ids) add(Promise.resolve(act(id)))
  for (let presses = 0; presses < 25; presses++) press()
  await until(() => patched.length >= 20)
  t.deepEqual(patched, undone(...ids.toReversed().slice(0, 20)))
})

test('the undo of a pending act waits for it, and a failed act is not undone', async t => {
  const {add, press, patched} = start()
  const [pending, failed] = [deferred(), deferred()]
  add(Promise.resolve(act('before')))
  add(failed.promise)
  add(pending.promise)
  press()
  press()
  press()
  t.deepEqual(patched, [])
  failed.reject(new Error('refused'))
  pending.resolve(act('pending'))
  await until(() => patched.length === 2)
  t.deepEqual(patched, undone('pending', 'before'))
})

test('an act that the button has undone is not undone again, and the key does nothing with other keys', async t => {
  const {add, press, patched, buttons} = start()
  add(Promise.resolve(act('a')))
  await until(() => buttons.length === 1)
  press('z', {ctrlKey: false})
  press('y')
  t.true(press('z', {ctrlKey: true, ...{shiftKey: true}}))
  buttons[0]!()
  buttons[0]!()
  press()
  await until(() => patched.length === 1)
  t.deepEqual(patched, undone('a'))
})

/** The viewer has given the task away, and cannot take it back. */
const givenAway = (id: string): Act => ({
  kind: 'task',
  before: {...taskOf(id, null), status: 'owned', owner_user_id: 'ada'},
  after: {...taskOf(id, null), status: 'owned', owner_user_id: 'bob'},
  fields: ['status', 'owner_user_id'],
})

test('a note offers to undo an act, but not a new order, and not what the rules do not let the viewer undo', async t => {
  const {add, buttons, shown} = start()
  add(Promise.resolve({...act('a'), fields: ['rank']} as Act))
  add(Promise.resolve(givenAway('b')))
  add(Promise.resolve(act('c')))
  await until(() => buttons.length === 1)
  t.deepEqual(shown, ['Assigned to Bob', 'Priority changed'])
})

test('the key says that the last act cannot be undone, and undoes the act before it only when it is pressed again', async t => {
  const {add, press, patched, shown} = start()
  add(Promise.resolve(act('a')))
  add(Promise.resolve(givenAway('b')))
  press()
  await until(() => shown.includes('You cannot undo this'))
  t.deepEqual(patched, [])
  press()
  await until(() => shown.includes('Undone'))
  t.deepEqual(patched, undone('a'))
})

test('an act that has changed nothing is not undone', async t => {
  const {add, press, patched, shown} = start()
  add(Promise.resolve(act('a')))
  add(Promise.resolve(undefined))
  press()
  press()
  await until(() => shown.includes('Undone'))
  t.deepEqual(patched, undone('a'))
})

test('when the server does not respond, a warning says so, and the key tries the same act again', async t => {
  const network = {isDown: true}
  const {add, press, patched, shown} = start(network)
  add(Promise.resolve(act('a')))
  press()
  add(Promise.resolve(act('b')))
  await until(() => shown.includes('The server did not respond'))
  t.false(shown.includes('Undone'))
  network.isDown = false
  press()
  await until(() => shown.includes('Undone'))
  press()
  await until(() => patched.length === 2)
  t.deepEqual(patched, undone('b', 'a'), 'the later act is undone first')
})
