/** The sentences of the history of a task and of a sprint. All functions are pure. */
import type {FieldChange, HistoryItem} from '../../client/client.ts'
import {count, hoursText, shortDay} from '../parts/format.ts'
import {priorityLabels, statusLabels, systemActor} from '../parts/words.ts'

/** The task or sprint whose history is shown. */
export interface HistoryOf {
  kind: 'task' | 'sprint'
  id: string
}

/** How the sentences name people and things. */
export interface Names {
  member(id: string): string
  /** The titles or names of tasks, stories, sprints and labels by their ids. Null when the thing was deleted. */
  titles: ReadonlyMap<string, string | null>
}

/** A sentence without its actor: 'Ada' and 'moved this task from Owned to In progress'. */
export interface HistoryText {
  actor: string
  text: string
}

/** Items of a type that only a newer server knows get a neutral sentence. */
export function historyText(item: HistoryItem, subject: HistoryOf, names: Names): HistoryText {
  const phrases = subject.kind === 'task' ? taskPhrases(item, names) : sprintPhrases(item, subject.id, names)
  return {
    actor: actorOf(item, names),
    text: phrases.length > 0 ? sentenceFormat.format(phrases) : `changed this ${subject.kind}`,
  }
}

const sentenceFormat = new Intl.ListFormat('en', {type: 'conjunction'})

function actorOf({actor_user_id, type}: HistoryItem, names: Names): string {
  if (actor_user_id) return names.member(actor_user_id)
  return type === 'task.links.changed' ? 'GitHub' : systemActor
}

function taskPhrases(item: HistoryItem, names: Names): string[] {
  switch (item.type) {
    case 'ownership_taken':
      return ['took this task']
    case 'ownership_released':
    case 'ownership_transferred':
      return [ownerPhrase(item, names)]
    case 'status_changed': {
      const {from, to} = changeOf(item, 'status')
      return [`moved this task from ${nameOf(statusLabels, from)} to ${nameOf(statusLabels, to)}`]
    }
    case 'task.created':
      return ['created this task']
    case 'task.commented':
      return ['wrote a comment']
    case 'task.comment.edited':
      return ['edited a comment']
    case 'task.comment.deleted':
      return ['deleted a comment']
    case 'escalation.created':
      return ['asked a question']
    case 'escalation.responded':
      return ['answered a question']
    default:
      return fieldPhrases(item.changes, names)
  }
}

function ownerPhrase(item: HistoryItem, names: Names): string {
  const {from, to} = changeOf(item, 'owner_user_id')
  const actor = item.actor_user_id
  const name = (value: Value) => names.member(String(value))
  if (!to)
    return from && from !== actor ? `released this task, which ${name(from)} owned` : 'released this task'
  if (to === actor) return from ? `took over this task from ${name(from)}` : 'took this task'
  if (!from) return `assigned this task to ${name(to)}`
  return from === actor
    ? `gave this task to ${name(to)}`
    : `reassigned this task from ${name(from)} to ${name(to)}`
}

function sprintPhrases(item: HistoryItem, sprintId: string, names: Names): string[] {
  switch (item.type) {
    case 'sprint.created':
      return ['created this sprint']
    case 'sprint.status.changed':
      return [sprintStatusPhrase(changeOf(item, 'status'), item.summary, names)]
    case 'story.created':
    case 'task.created':
      return [`added ${thingOf(item, names)}`]
    case 'story.deleted':
    case 'task.deleted':
      return [`deleted ${thingOf(item, names)}`]
    case 'story.moved':
    case 'task.moved': {
      const {from, to} = changeOf(item, 'sprint_id')
      if (to === sprintId)
        return [`moved ${thingOf(item, names)} from ${placeOf(from, names)} to this sprint`]
      return [`moved ${thingOf(item, names)} to ${placeOf(to, names)}`]
    }
    default:
      return fieldPhrases(item.changes, names)
  }
}

function sprintStatusPhrase({from, to}: FieldChange, summary: HistoryItem['summary'], names: Names): string {
  if (to === 'closed') return `closed this sprint${summary ? `: ${summaryOf(summary, names)}` : ''}`
  if (to === 'active') return from === 'closed' ? 'reopened this sprint' : 'started this sprint'
  return `moved this sprint from ${from} to ${to}`
}

function summaryOf(summary: NonNullable<HistoryItem['summary']>, names: Names): string {
  const {task_count, completed_task_count, moved_story_count, to_sprint_id} = summary
  const completed = `${completed_task_count} of ${count(task_count, 'task')} completed`
  if (moved_story_count === 0) return completed
  return `${completed}, ${count(moved_story_count, 'story', 'stories')} moved to ${placeOf(to_sprint_id, names)}`
}

/** The story or task that an item in the history of a sprint is about. A deleted one has only the title that it had. */
function thingOf({task_id, story_id, title}: HistoryItem, {titles}: Names): string {
  const kind = task_id ? 'task' : 'story'
  const shown = titles.get((task_id ?? story_id)!) ?? title
  return shown === undefined ? `a ${kind}` : `the ${kind} “${shown}”`
}

type Value = FieldChange['from']

/** Writes the change of a field, without its subject. Returns undefined when another field of the item describes the change. */
type FieldPhrase = (change: FieldChange, names: Names, all: readonly FieldChange[]) => string | undefined

const fields: Readonly<Record<string, FieldPhrase>> = {
  title: ({from, to}) => `renamed this task from “${from}” to “${to}”`,
  description: () => 'edited the description',
  estimated_hours: change => valuePhrase('the estimate', change, value => hoursText(Number(value))),
  priority: change => valuePhrase('the priority', change, value => nameOf(priorityLabels, value)),
  due_on: change => valuePhrase('the due date', change, value => shortDay(String(value))),
  acceptance_criteria_refs: change => listPhrase(change, criteriaOf),
  label_ids: (change, names) => listPhrase(change, ids => namedAll('label', ids, names)),
  story_id: ({from, to}, names) =>
    `moved this task from ${named('story', from, names)} to ${named('story', to, names)}`,
  sprint_id({from, to}, names, all) {
    const way = `from ${placeOf(from, names)} to ${placeOf(to, names)}`
    return all.some(({field}) => field === 'story_id') ? way : `moved this task with its story ${way}`
  },
  blocked_by_task_ids: ({added = [], removed = []}, names) =>
    joined([
      added.length > 0 && `marked this task as blocked by ${namedAll('task', added, names)}`,
      removed.length > 0 && `removed ${namedAll('task', removed, names)} as a blocker`,
    ]),
  open_blocker_count({from, to}, _, all) {
    if (all.some(({field}) => field === 'blocked_by_task_ids')) return undefined
    return Number(to) > Number(from)
      ? 'reopened a task that blocks this task'
      : 'closed a task that blocked this task'
  },
  links: () => 'updated the pull requests and commits of this task',
  checklist: (_, __, all) =>
    all.some(({field}) => field.startsWith('checklist_')) ? undefined : 'edited the checklist',
  checklist_count({from, to}) {
    const added = Number(to) - Number(from)
    return added > 0
      ? `added ${items(added)} to the checklist`
      : `removed ${items(-added)} from the checklist`
  },
  checklist_done_count({from, to}, _, all) {
    const done = Number(to) - Number(from)
    if (done > 0) return `checked ${items(done)} of the checklist`
    // A removed item may have been done.
    if (all.some(({field}) => field === 'checklist_count')) return undefined
    return `unchecked ${items(-done)} of the checklist`
  },
  name: ({from, to}) => `renamed this sprint from “${from}” to “${to}”`,
  goal: () => 'edited the goal',
  starts_on: change => valuePhrase('the start date', change, value => shortDay(String(value))),
  ends_on: change => valuePhrase('the end date', change, value => shortDay(String(value))),
}

/** The phrases have the order of `fields`, because some of them continue the one before. */
function fieldPhrases(changes: readonly FieldChange[], names: Names): string[] {
  return Object.entries(fields).flatMap(([field, phraseOf]) => {
    const change = changes.find(change => change.field === field)
    return (change && phraseOf(change, names, changes)) ?? []
  })
}

function changeOf({changes}: HistoryItem, field: string): FieldChange {
  return changes.find(change => change.field === field) ?? {field}
}

function valuePhrase(
  noun: string,
  {from = null, to = null}: FieldChange,
  show: (value: Value) => string,
): string {
  if (to === null) return `removed ${noun}`
  return from === null ? `set ${noun} to ${show(to)}` : `changed ${noun} from ${show(from)} to ${show(to)}`
}

function listPhrase(
  {added = [], removed = []}: FieldChange,
  show: (items: readonly string[]) => string,
): string | undefined {
  return joined([
    added.length > 0 && `added ${show(added)}`,
    removed.length > 0 && `removed ${show(removed)}`,
  ])
}

function criteriaOf(refs: readonly string[]): string {
  return `the acceptance ${refs.length === 1 ? 'criterion' : 'criteria'} ${sentenceFormat.format(refs)}`
}

function joined(phrases: readonly (string | false)[]): string | undefined {
  const present = phrases.filter(phrase => phrase !== false)
  return present.length > 0 ? present.join(' and ') : undefined
}

function items(number: number): string {
  return number === 1 ? 'an item' : `${number} items`
}

/** A value that only a newer server knows is shown as it is. */
function nameOf(labels: Readonly<Record<string, string>>, value: Value): string {
  return labels[String(value)] ?? String(value)
}

type Kind = 'task' | 'story' | 'sprint' | 'label'

function named(kind: Kind, id: Value, {titles}: Names): string {
  const title = titles.get(String(id))
  if (title === null) return `a deleted ${kind}`
  return title === undefined ? `a ${kind}` : `the ${kind} “${title}”`
}

function namedAll(kind: Kind, ids: readonly string[], names: Names): string {
  return sentenceFormat.format(ids.map(id => named(kind, id, names)))
}

function placeOf(sprintId: Value, names: Names): string {
  return sprintId === null || sprintId === undefined ? 'the backlog' : named('sprint', sprintId, names)
}
