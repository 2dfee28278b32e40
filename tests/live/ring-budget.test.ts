import test from 'ava'
import {RingBudget} from '../../src/live/ring-budget.ts'

function rings(budget: RingBudget, count: number) {
  const evicted: number[] = []
  const list = Array.from({length: count}, (_, index) => {
    const ring = {
      evict() {
        evicted.push(index)
        budget.resize(ring, 0)
      },
    }
    return ring
  })
  return {list, evicted}
}

test('when the rings exceed the budget, the least recently used ring is evicted', t => {
  const budget = new RingBudget(100)
  const {list, evicted} = rings(budget, 4)
  for (const ring of list.slice(0, 3)) budget.resize(ring, 30)
  budget.use(list[0]!)
  budget.resize(list[3]!, 30)
  t.deepEqual(evicted, [1])
  t.is(budget.totalBytes, 90)
})

test('rings are evicted until the total is within the budget; a ring that is larger than the budget is evicted too', t => {
  const budget = new RingBudget(100)
  const {list, evicted} = rings(budget, 3)
  budget.resize(list[0]!, 40)
  budget.resize(list[1]!, 40)
  budget.resize(list[2]!, 101)
  t.deepEqual(evicted, [0, 1, 2])
  t.is(budget.totalBytes, 0)
})
