import test from 'ava'
import fc from 'fast-check'
import {compareRanks, firstRank, type Ranked} from '../../src/board/rank.ts'
import {moveRanks, type Surroundings} from '../../src/changes/move-ranks.ts'

/** The items of a project, in their order. A test moves, creates and deletes them as the server does. */
class Project {
  items: Ranked[]
  #created = 0

  constructor(ranks: readonly string[]) {
    this.items = ranks.map(rank => ({id: this.#newId(), rank})).sort(compareRanks)
  }

  create(): void {
    const id = this.#newId()
    this.items.push({id, rank: firstRank(id)})
    this.items.sort(compareRanks)
  }

  delete(index: number): void {
    this.items.splice(index, 1)
  }

  /** Moves an item to an index of the list without this item. Returns the ids of the items with new ranks. */
  move(from: number, to: number): string[] {
    const moved = this.items[from]!
    const others = this.items.filter(({id}) => id !== moved.id)
    for (let size = 16; ; size *= 4) {
      const ranks = moveRanks(moved, surroundings(others, to, size))
      if (!ranks) continue
      this.items = this.items
        .map(item => ({...item, rank: ranks.get(item.id) ?? item.rank}))
        .sort(compareRanks)
      return [...ranks.keys()]
    }
  }

  get ids(): string[] {
    return this.items.map(({id}) => id)
  }

  get longest(): number {
    return Math.max(...this.items.map(({rank}) => rank.length))
  }

  /** Several ids have the same millisecond, and some ids of a millisecond are not in the order of their creation. */
  #newId(): string {
    const number = ++this.#created
    const milliseconds = (0x18f4d9a0000 + Math.floor(number / 3)).toString(16).padStart(12, '0')
    const sequence = (number * 7_919) % 16
    return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-7000-8000-0${sequence.toString(16)}${String(number).padStart(10, '0')}`
  }
}

function surroundings(others: readonly Ranked[], to: number, size: number): Surroundings {
  return {before: others.slice(0, to).reverse().slice(0, size), after: others.slice(to, to + size), size}
}

type Step = {does: 'move' | 'create' | 'delete'; from: number; to: number}
const steps: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('move', 'move', 'move', 'move', 'create', 'delete'),
  from: fc.nat(),
  to: fc.nat(),
})

test('after any moves, creations and deletions, each move has put its item into its place, and no other item has moved', t => {
  const rank = fc.constantFrom('a0', 'a0', 'a1', 'a1V', 'g0000000', 'g000000V')
  const property = fc.property(
    fc.array(rank, {minLength: 1, maxLength: 40}),
    fc.array(steps, {maxLength: 60}),
    (ranks, attempts) => {
      const project = new Project(ranks)
      for (const {does, from, to} of attempts) {
        const {length} = project.items
        if (does === 'create' || length < 2) project.create()
        else if (does === 'delete') project.delete(from % length)
        else {
          const moved = project.ids[from % length]!
          const expected = project.ids.filter(id => id !== moved)
          expected.splice(to % length, 0, moved)
          project.move(from % length, to % length)
          if (expected.join() !== project.ids.join()) return false
        }
        if (project.longest > 64) return false
      }
      return true
    },
  )
  t.notThrows(() => fc.assert(property, {numRuns: 1_000}))
})

test('a move gives a new rank only to the moved item, and a move to the same place gives no new rank', t => {
  const project = new Project(['a0', 'a1', 'a2', 'a3'])
  const [, second] = project.ids
  t.deepEqual(project.move(1, 3), [second])
  t.deepEqual(project.move(3, 3), [])
  t.deepEqual(project.move(0, 0), [])
})

test('equal ranks beside the place get new ranks in the same move', t => {
  const project = new Project(['a0', 'a1', 'a1', 'a1', 'a2'])
  const [first, second, third, fourth, last] = project.ids
  t.deepEqual(project.move(0, 1), [first, third, fourth])
  t.deepEqual(project.ids, [second, first, third, fourth, last])
  const many = new Project(Array(100).fill('a1'))
  const {ids} = many
  many.move(99, 50)
  t.deepEqual(many.ids, [...ids.slice(0, 50), ids[99], ...ids.slice(50, 99)])
})

test('however often items are moved to the same place, ranks stay short, and few moves give new ranks to neighbours', t => {
  const project = new Project(
    Array.from({length: 200}, (_, index) => `a${'0123456789'[index % 10]}V${index + 1_000}V`),
  )
  let renewed = 0
  for (let move = 0; move < 3_000; move++) {
    // The last item moves between the first two. The gap between them becomes smaller with each move.
    const changed = project.move(project.items.length - 1, 1)
    if (changed.length > 1) renewed += changed.length
    t.true(project.longest <= 64)
  }
  t.true(renewed < 3_000, `${renewed} ranks of neighbours`)
})
