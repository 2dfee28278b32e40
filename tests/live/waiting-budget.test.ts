import test from 'ava'
import {WaitingBudget} from '../../src/live/waiting-budget.ts'

const kib = 1024

test('while few bytes wait, the limit of one stream is the maximum', t => {
  const budget = new WaitingBudget({maxPerStream: 256 * kib, maxTotal: 32 * 1024 * kib})
  t.is(budget.perStream, 256 * kib)
  budget.set({}, 1024 * kib)
  t.is(budget.perStream, 256 * kib)
})

test('when each of 1,000 streams has as many waiting bytes as the limit of one stream allows, the total stays near the budget', t => {
  const maxTotal = 32 * 1024 * kib
  const budget = new WaitingBudget({maxPerStream: 256 * kib, maxTotal})
  for (let count = 0; count < 1_000; count++) budget.set({}, budget.perStream)
  t.is(budget.perStream, 16 * kib)
  t.true(budget.total > maxTotal / 2)
  t.true(budget.total < maxTotal + 1_000 * 16 * kib)
})

test('when no bytes wait any more, the limit of one stream returns to the maximum', t => {
  const budget = new WaitingBudget({maxPerStream: 64 * kib, maxTotal: 1024 * kib})
  const streams = Array.from({length: 100}, () => ({}))
  for (const stream of streams) budget.set(stream, budget.perStream)
  t.true(budget.perStream < 64 * kib)
  for (const stream of streams) budget.set(stream, 0)
  t.is(budget.perStream, 64 * kib)
  t.is(budget.total, 0)
})

test('when the number of waiting bytes of a stream is set again, the total contains only the new number', t => {
  const budget = new WaitingBudget({maxPerStream: 64 * kib, maxTotal: 1024 * kib})
  const stream = {}
  budget.set(stream, 50 * kib)
  budget.set(stream, 20 * kib)
  t.is(budget.total, 20 * kib)
})
