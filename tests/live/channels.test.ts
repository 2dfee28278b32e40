import test from 'ava'
import fc from 'fast-check'
import {eventTypes, topics} from '../../src/board/events.ts'
import {Channel, type ChannelHost} from '../../src/live/channel.ts'
import {Channels} from '../../src/live/channels.ts'
import {canonicalKey, type Matchable, matches, type Selection} from '../../src/live/selection.ts'

const host = {} as ChannelHost // These tests open no stream, so the host is never used.

function channelFor(selection: Selection): Channel {
  return new Channel(host, canonicalKey(selection), selection, 'event')
}

const id = fc.constantFrom('a', 'b', 'c', 'd')
const ids = fc.option(fc.uniqueArray(id, {minLength: 1, maxLength: 2}), {nil: undefined})
const selections: fc.Arbitrary<Selection> = fc.record({
  topics: fc.uniqueArray(fc.constantFrom(...topics), {minLength: 1}),
  types: fc.option(fc.uniqueArray(fc.constantFrom(...eventTypes), {minLength: 1, maxLength: 9}), {
    nil: undefined,
  }),
  project_id: ids,
  sprint_id: ids,
  story_id: ids,
  task_id: ids,
  user_id: id,
})
const nullable = fc.option(id)
const events: fc.Arbitrary<Matchable> = fc.record({
  type: fc.constantFrom(...eventTypes),
  project_id: nullable,
  sprint_id: nullable,
  left_sprint_id: nullable,
  left_story_id: nullable,
  story_id: nullable,
  task_id: nullable,
  recipients: fc.option(fc.uniqueArray(id, {minLength: 1})),
})

test('the candidates for an event include every channel whose selection matches the event', t => {
  fc.assert(
    fc.property(fc.array(selections, {maxLength: 20}), fc.array(events), (wanted, happened) => {
      const channels = new Channels()
      const all = wanted.map(channelFor)
      for (const channel of all) channels.add(channel)
      for (const event of happened) {
        const candidates = channels.candidatesFor(event)
        const missed = all.filter(
          ({key, selection}) =>
            matches(selection, event) && ![...candidates].some(other => other.key === key),
        )
        t.deepEqual(missed, [])
      }
    }),
  )
})

test('a deleted channel is never a candidate', t => {
  fc.assert(
    fc.property(selections, fc.array(events), (selection, happened) => {
      const channels = new Channels()
      const channel = channelFor(selection)
      channels.add(channel)
      channels.delete(channel)
      for (const event of happened) t.is(channels.candidatesFor(event).size, 0)
    }),
  )
})

const nowhere = {
  project_id: 'project',
  sprint_id: null,
  left_sprint_id: null,
  left_story_id: null,
  story_id: null,
  task_id: null,
  recipients: null,
}

test('the only candidate for an event of one task is the channel of that task, even when 10,000 tasks have channels', t => {
  const channels = new Channels()
  for (let task = 0; task < 10_000; task++) {
    channels.add(channelFor({topics: ['tasks'], task_id: [`task-${task}`], user_id: 'ada'}))
  }
  const event: Matchable = {...nowhere, type: 'task.started', story_id: 'story', task_id: 'task-7'}
  t.deepEqual(
    [...channels.candidatesFor(event)].map(({selection}) => selection.task_id),
    [['task-7']],
  )
})

test('the only candidate for an event of one member is the channel of that member, even when 10,000 members have channels', t => {
  const channels = new Channels()
  for (let member = 0; member < 10_000; member++) {
    channels.add(channelFor({topics: ['projects', 'user'], user_id: `member-${member}`}))
  }
  const event: Matchable = {...nowhere, type: 'notification.read', project_id: null, recipients: ['member-7']}
  t.deepEqual(
    [...channels.candidatesFor(event)].map(({selection}) => selection.user_id),
    ['member-7'],
  )
})
