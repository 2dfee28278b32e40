import test from 'ava'
import {addToBatch, type Change, type ChangeBatch} from '../../../src/page/parts/change-batch.ts'

const taken = (subject: string, actor = 'Bob'): Change => ({
  type: 'ownership_taken',
  actor,
  subject,
  taskId: subject,
})

test('a change within two seconds after the previous change joins the same batch, and a change after a longer pause starts a new batch', t => {
  const batches: ChangeBatch[] = []
  for (const now of [0, 2_000, 4_000, 6_001]) {
    batches.push(addToBatch(batches.at(-1), taken(`Task at ${now}`), now))
  }
  t.deepEqual(
    batches.map(({changes}) => changes.length),
    [1, 2, 3, 1],
  )
})

test('a batch lists each actor and each subject once, and omits empty subjects', t => {
  const changes = [taken('Fuel'), taken('Fuel', 'Eve'), taken('', 'Eve'), taken('Ignite')]
  const batch = changes.reduce<ChangeBatch | undefined>(
    (batch, change) => addToBatch(batch, change, 0),
    undefined,
  )
  t.deepEqual(batch?.actors, ['Bob', 'Eve'])
  t.deepEqual(batch?.subjects, ['Fuel', 'Ignite'])
})
