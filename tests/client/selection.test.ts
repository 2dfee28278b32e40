// Tests the union of the selections of several tabs. Also tests which events a tab accepts from the shared connection.
import test from 'ava'
import fc from 'fast-check'
import type {BoardEvent, EventType} from '../../src/board/events.ts'
import {earlier, isUpTo} from '../../src/client/cursor.ts'
import {isSame, pathOf, type Selection, union, wantedBy, wants} from '../../src/client/selection.ts'
import {type Matchable, matches} from '../../src/live/selection.ts'

const id = fc.constantFrom('a', 'b', 'c')
const maybe = fc.option(id, {nil: undefined})
const types: EventType[] = ['task.moved', 'task.deleted', 'story.moved', 'member.updated']
const event = fc.record({
  type: fc.constantFrom(...types),
  project_id: maybe,
  sprint_id: maybe,
  from_sprint_id: maybe,
  story_id: maybe,
  from_story_id: maybe,
  task_id: maybe,
})
const ids = fc.option(fc.oneof(id, fc.uniqueArray(id, {minLength: 1})), {nil: undefined})
const selection: fc.Arbitrary<Selection> = fc.record({
  projectId: ids,
  sprintId: ids,
  storyId: ids,
  taskId: ids,
  types: fc.option(fc.uniqueArray(fc.constantFrom(...types), {minLength: 1}), {nil: undefined}),
})

/** Returns the event as a row of the log. */
function recordOf(data: Partial<Record<string, string>>): Matchable {
  return {
    type: data.type as EventType,
    project_id: data.project_id ?? null,
    sprint_id: data.sprint_id ?? null,
    left_sprint_id: data.from_sprint_id ?? null,
    story_id: data.story_id ?? null,
    left_story_id: data.from_story_id ?? null,
    task_id: data.task_id ?? null,
    recipients: null,
  }
}

test('a client accepts exactly the events that the server would send for the selection of the client', t => {
  fc.assert(
    fc.property(event, selection, (data, asked) => {
      const wanted = wantedBy(asked)
      const server = {topics: ['tasks'], ...(wanted as object)} as any
      t.is(wants(wanted, data as unknown as BoardEvent), matches(server, recordOf(data)))
    }),
    {numRuns: 2_000},
  )
  t.pass()
})

test('the union of two selections matches the events of each selection, and does not depend on the order of the two selections', t => {
  fc.assert(
    fc.property(event, selection, selection, (data, one, other) => {
      const [first, second] = [wantedBy(one), wantedBy(other)]
      const both = union(first, second)
      const wanted = data as unknown as BoardEvent
      if (wants(first, wanted) || wants(second, wanted)) t.true(wants(both, wanted))
      t.true(isSame(both, union(second, first)))
      t.true(
        isSame(both, union(both, first)),
        'adding a selection that the union already contains changes nothing',
      )
    }),
    {numRuns: 2_000},
  )
  t.pass()
})

test('a selection is converted to the path and query of a stream', t => {
  t.is(pathOf(wantedBy(), undefined), '/events/tasks?framing=message')
  t.is(pathOf(wantedBy({topics: ['user']}), 'e-1'), '/events/user?framing=message&lastEventId=e-1')
  t.is(
    pathOf(
      wantedBy({topics: ['user', 'projects'], projectId: 'p', sprintId: ['t', 's'], types: ['task.moved']}),
      '',
    ),
    '/events?framing=message&topics=projects%2Cuser&project_id=p&sprint_id=s&sprint_id=t&types=task.moved',
  )
})

test('cursors of the same epoch are compared by seq; cursors of different epochs cannot be compared', t => {
  const [one, other] = ['abcdefghijk23', 'zbcdefghijk23']
  t.true(isUpTo(`${one}-9`, `${one}-10`))
  t.true(isUpTo(`${one}-10`, `${one}-10`))
  t.false(isUpTo(`${one}-11`, `${one}-10`))
  t.is(isUpTo(`${one}-1`, `${other}-2`), undefined)
  t.is(isUpTo('earliest', `${one}-2`), undefined)
  t.is(isUpTo(undefined, `${one}-2`), undefined)
  t.is(earlier(`${one}-9`, `${one}-10`), `${one}-9`)
  t.is(earlier(`${one}-10`, `${one}-9`), `${one}-9`)
  t.is(earlier(undefined, `${one}-9`), `${one}-9`)
  t.is(earlier('earliest', `${one}-9`), 'earliest')
  t.is(earlier(`${one}-9`, 'earliest'), 'earliest')
  t.is(earlier(`${one}-9`, `${other}-1`), `${other}-1`)
})
