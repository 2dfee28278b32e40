import test from 'ava'
import type {Label} from '../../src/board/label.ts'
import {requireFreeName, requireLabels, sortLabelIds} from '../../src/board/label-rules.ts'

const labelOf = (id: string, name: string, project_id = 'p'): Label => ({
  ...{id, name, project_id, color: 'red', version: 1},
  ...{created_at: '2026-03-01T10:00:00.000Z', updated_at: '2026-03-01T10:00:00.000Z'},
})
const labels = [labelOf('1', 'Größe'), labelOf('2', 'Bug'), labelOf('3', 'Other', 'q')]

test('a name is in use when another label has the same name, in capital or small letters and in any normalization', t => {
  for (const name of ['bug', 'BUG', 'GRÖßE', 'Gro\u0308ße']) {
    t.throws(() => requireFreeName(labels, name), {code: 'label-name-in-use'}, name)
  }
  t.notThrows(() => requireFreeName(labels, 'Bugs'))
  t.notThrows(() => requireFreeName(labels, 'bug', '2'), 'a label can change the case of its own name')
})

test('only labels of the project are accepted', t => {
  t.notThrows(() => requireLabels(labels, ['1', '2'], 'p'))
  t.notThrows(() => requireLabels([], [], 'p'))
  for (const id of ['3', '4']) {
    t.throws(() => requireLabels(labels, ['1', id], 'p'), {code: 'label-not-found'})
  }
})

test('the ids of labels are sorted, and duplicates are removed', t => {
  t.deepEqual(sortLabelIds(['2', '1', '2']), ['1', '2'])
})
