import test from 'ava'
import {hashOf, openedIn} from '../../../src/page/parts/opened.ts'

test('an address opens a task, a question, or a question of a task', t => {
  for (const [hash, opened] of [
    ['', {}],
    ['#1', {taskId: '1'}],
    ['#1/questions/2', {taskId: '1', questionId: '2'}],
    ['#questions/2', {questionId: '2'}],
  ] as const) {
    t.deepEqual(openedIn(hash), opened)
    t.is(hashOf(opened), hash)
  }
})

test('a part of an address that the page does not know opens nothing', t => {
  t.deepEqual(openedIn('#'), {})
  t.deepEqual(openedIn('#1/comments/2'), {taskId: '1'})
  t.deepEqual(openedIn('#questions'), {})
})
