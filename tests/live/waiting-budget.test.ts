import test from 'ava'
import {WaitingBudget} from '../../src/live/waiting-budget.ts'

const kib = 1024
const mib = 1024 * kib

test('while few bytes wait, the limit of one stream is the maximum', t => {
  const budget = new WaitingBudget({maxPerStream: 256 * kib, maxTotal: 64 * mib}).forOrganization()
  t.is(budget.perStream, 256 * kib)
  budget.set({}, mib)
  t.is(budget.perStream, 256 * kib)
})

test('when the waiting bytes of each of 1,000 streams of an organization reach the limit of a stream, the total stays near a quarter of the budget', t => {
  const all = new WaitingBudget({maxPerStream: 256 * kib, maxTotal: 64 * mib})
  const budget = all.forOrganization()
  for (let count = 0; count < 1_000; count++) budget.set({}, budget.perStream)
  t.is(budget.perStream, 16 * kib)
  t.true(all.total > 8 * mib)
  t.true(all.total < 16 * mib + 1_000 * 16 * kib)
})

test('when one organization uses a quarter of the budget, the limit of a stream of another organization is the maximum', t => {
  const all = new WaitingBudget({maxPerStream: 256 * kib, maxTotal: 64 * mib})
  const [busy, other] = [all.forOrganization(), all.forOrganization()]
  busy.set({}, 16 * mib)
  t.is(busy.perStream, 16 * kib)
  t.is(other.perStream, 256 * kib)
})

test('when all organizations together use the budget, the limit of every stream is the minimum', t => {
  const all = new WaitingBudget({maxPerStream: 256 * kib, maxTotal: 64 * mib})
  for (let count = 0; count < 4; count++) all.forOrganization().set({}, 16 * mib)
  t.is(all.forOrganization().perStream, 16 * kib)
})

test('when no bytes wait any more, the limit of one stream is again a sixteenth of a quarter of the budget', t => {
  const all = new WaitingBudget({maxPerStream: 64 * kib, maxTotal: 2 * mib})
  const budget = all.forOrganization()
  const streams = Array.from({length: 100}, () => ({}))
  for (const stream of streams) budget.set(stream, budget.perStream)
  t.true(budget.perStream < 64 * kib)
  for (const stream of streams) budget.set(stream, 0)
  t.is(all.total, 0)
  t.is(budget.perStream, 32 * kib, 'a sixteenth of the quarter of the organization')
})

test('when the number of waiting bytes of a stream is set again, the budget counts only the new number', t => {
  const all = new WaitingBudget({maxPerStream: 64 * kib, maxTotal: 4 * mib})
  const budget = all.forOrganization()
  const stream = {}
  budget.set(stream, 50 * kib)
  budget.set(stream, 20 * kib)
  t.is(all.total, 20 * kib)
})
