import test from 'ava'
import {draftOfEdits, editsOfDraft} from '../../../src/page/parts/edit-drafts.ts'

const known = {title: 'Fuel', description: 'Kerosene\nand oxygen'}

test('a draft contains the edited texts, the texts before them, and the version', t => {
  const draft = draftOfEdits(7, known, {...known, title: ''})
  t.deepEqual(editsOfDraft(draft!), {version: 7, known: {title: 'Fuel'}, mine: {title: ''}})
})

test('there is no draft without an edit; line breaks of the browser and spaces around a text are no edits', t => {
  t.is(draftOfEdits(7, known, {title: ' Fuel ', description: 'Kerosene\r\nand oxygen'}), undefined)
})
