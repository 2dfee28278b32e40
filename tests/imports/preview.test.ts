import test from 'ava'
import {Preview} from '../../src/imports/preview.ts'

test('a batch that is tried again counts once', t => {
  const preview = new Preview()
  preview.beginBatch()
  t.is(preview.total('labels', 2), 2)
  t.is(preview.total('labels', 1), 3)
  preview.beginBatch()
  t.is(preview.total('labels', 2), 2)
  preview.endBatch()
  preview.beginBatch()
  t.is(preview.total('labels', 4), 6)
  t.is(preview.total('sprints', 1), 1)
})
