import test from 'ava'
import {limitTexts, readLimits} from '../../../src/page/plan/limits.ts'

function formOf(texts: Record<string, string>): FormData {
  const form = new FormData()
  for (const [name, text] of Object.entries(texts)) form.set(name, text)
  return form
}

test('the limits of a form are those that are filled in', t => {
  const wip_limits = {owned: 2, in_progress: 3}
  t.deepEqual(readLimits(formOf(limitTexts(wip_limits))), {wip_limits})
  t.deepEqual(readLimits(formOf(limitTexts({}))), {wip_limits: {}})
})

test('a form without fields for limits does not change the limits', t => {
  t.deepEqual(readLimits(formOf({name: 'Moon'})), {})
})
