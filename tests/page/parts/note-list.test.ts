import test from 'ava'
import {type Note, noNotes, noteDurationMs, withNote, withoutNote} from '../../../src/page/parts/note-list.ts'

const info = (key: string, title = key): Omit<Note, 'endsAt'> => ({
  key,
  text: {title, detail: ''},
  tone: 'info',
})
const warning = (key: string): Omit<Note, 'endsAt'> => ({...info(key), tone: 'warning'})
const listOf = (...notes: Omit<Note, 'endsAt'>[]) =>
  notes.reduce((list, note, index) => withNote(list, note, index * 1_000), noNotes)
const keysOf = ({notes}: {notes: readonly Note[]}) => notes.map(({key}) => key)

test('a note whose text changes keeps its place and its end', t => {
  const list = listOf(info('a', 'one'), info('b'), info('a', 'two'))
  t.deepEqual(keysOf(list), ['a', 'b'])
  t.is(list.notes[0]!.text.title, 'two')
  t.is(list.notes[0]!.endsAt, noteDurationMs)
})

test('at most three notes are shown, and the oldest info makes room', t => {
  t.deepEqual(keysOf(listOf(info('a'), info('b'), info('c'), info('d'))), ['b', 'c', 'd'])
  t.deepEqual(keysOf(listOf(warning('a'), info('b'), info('c'), info('d'))), ['a', 'c', 'd'])
})

test('a warning replaces the previous warning, and a note with a button stays longer', t => {
  const list = listOf(warning('a'), info('b'), warning('c'))
  t.deepEqual(keysOf(list), ['b', 'c'])
  t.true(list.notes[1]!.endsAt > 2_000 + noteDurationMs)
  const action = {label: 'Show', run() {}}
  t.true(listOf({...info('a'), action}).notes[0]!.endsAt > noteDurationMs)
})

test('a removed note is not in the list', t => {
  t.deepEqual(keysOf(withoutNote(listOf(info('a'), info('b')), 'a')), ['b'])
})

test('a screen reader reads few notes, and is silent while many notes appear', t => {
  const names = 'abcdef'.split('')
  t.true(listOf(...names.slice(0, 4).map(key => info(key))).isSpoken)
  const crowded = listOf(...names.map(key => info(key)))
  t.false(crowded.isSpoken)
  t.true(withNote(crowded, info('later'), 60_000).isSpoken)
})
