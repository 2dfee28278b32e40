import test from 'ava'
import {findTask} from '../../src/board/find-task.ts'
import {aBoard, aTask} from '../helpers/sample-board.ts'

test('a task is found in any story of the board', t => {
  const board = aBoard({Launch: [aTask({id: 'Fuel'})], Land: [aTask({id: 'Brake', status: 'owned'})]})
  t.is(findTask(board, 'Brake')?.status, 'owned')
})

test('the result is undefined when the task is unknown or the board is not loaded', t => {
  t.is(findTask(aBoard({Launch: []}), 'Brake'), undefined)
  t.is(findTask(undefined, 'Brake'), undefined)
})
