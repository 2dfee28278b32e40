import test from 'ava'
import {createDrafts} from '../../../src/page/parts/drafts.ts'

function createStorage() {
  const items = new Map<string, string>()
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
}

test('a draft survives a reload, and no other member sees it', t => {
  const storage = createStorage()
  createDrafts('ada', storage).write('comment 1', {body: 'With kerosene?'})
  t.deepEqual(createDrafts('ada', storage).read('comment 1'), {body: 'With kerosene?'})
  t.is(createDrafts('bob', storage).read('comment 1'), undefined)
})

test('the storage is empty after the last draft is deleted, or after all drafts are cleared', t => {
  const storage = createStorage()
  const drafts = createDrafts('ada', storage)
  drafts.write('comment 1', {body: 'a'})
  drafts.write('comment 1', undefined)
  t.is(storage.items.size, 0)
  drafts.write('comment 1', {body: 'a'})
  drafts.write('comment 2', {body: 'b'})
  drafts.clear()
  t.is(storage.items.size, 0)
  t.is(drafts.read('comment 2'), undefined)
})

test('above the limits, the drafts that were written first are deleted, and the latest draft stays', t => {
  const drafts = createDrafts('ada', createStorage())
  for (let i = 1; i <= 51; i++) drafts.write(`comment ${i}`, {body: 'a'})
  t.is(drafts.read('comment 1'), undefined)
  t.truthy(drafts.read('comment 2'))
  drafts.write('comment 2', {body: 'written again'})
  drafts.write('comment 52', {body: 'a'})
  t.truthy(drafts.read('comment 2'))
  t.is(drafts.read('comment 3'), undefined)
  drafts.write('long', {body: 'x'.repeat(300_000)})
  t.is(drafts.read('comment 52'), undefined)
  t.is(drafts.read('long')!.body!.length, 300_000)
})

test('drafts work without storage, with unreadable storage, and when the storage is full', t => {
  const full = {
    ...createStorage(),
    setItem() {
      throw new Error('The quota is exceeded')
    },
  }
  const unreadable = {...createStorage(), getItem: () => '{'}
  for (const storage of [undefined, full, unreadable]) {
    const drafts = createDrafts('ada', storage)
    drafts.write('comment 1', {body: 'a'})
    t.deepEqual(drafts.read('comment 1'), {body: 'a'})
  }
})

test('listeners are called after each change, but not when nothing is deleted', t => {
  const drafts = createDrafts('ada', undefined)
  let calls = 0
  const stop = drafts.subscribe(() => calls++)
  drafts.write('comment 1', undefined)
  t.is(calls, 0)
  drafts.write('comment 1', {body: 'a'})
  t.is(calls, 1)
  stop()
  drafts.clear()
  t.is(calls, 1)
})

test('a draft ends when its texts were sent, but a newer draft stays', t => {
  const drafts = createDrafts('ada', createStorage())
  const ended: unknown[] = []
  drafts.write('comment 1', {body: 'How much? And when?'})
  drafts.subscribe(key => ended.push(key))
  drafts.end('comment 1', {body: 'How much?'})
  t.deepEqual(drafts.read('comment 1'), {body: 'How much? And when?'})
  drafts.end('comment 1', {body: 'How much? And when?'})
  t.is(drafts.read('comment 1'), undefined)
  drafts.write('comment 2', {body: 'a'})
  drafts.write('comment 2', undefined)
  t.deepEqual(ended, ['comment 1', undefined, undefined])
})
