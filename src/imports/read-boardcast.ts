/** Reads the export of a project of Boardcast. */

import {storyStatuses} from '../board/story.ts'
import {BoardBuilder} from './board-builder.ts'
import {cleanDay, cleanHours, cleanPriority, cleanRefs, cleanTime, statusOf} from './clean-values.ts'
import type {ImportedBoard, ImportedTask, Person} from './imported-board.ts'
import {isObject, type JsonObject, lengthOf, objectsIn, textOf, textsIn, textsOf} from './json-values.ts'

export function isBoardcast(json: unknown): json is JsonObject {
  return isObject(json) && 'boardcast_export' in json
}

const statuses: readonly string[] = ['available', 'in_progress', 'completed', 'failed', 'cancelled']

export function readBoardcast(file: JsonObject): ImportedBoard {
  const builder = new BoardBuilder('boardcast')
  const {notKept} = builder
  const members = new Map(objectsIn(file.members).map(member => [textOf(member.id), textsOf(member.name)]))
  const labels = new Map(
    objectsIn(file.labels).map(({id, name, color}) => [textOf(id), builder.label(name, textOf(color))]),
  )
  const sprints = new Map<string, string>()
  const stories = new Map<string, string>()
  const tasks = new Map<string, string>()
  const personOf = (id: unknown): Person[] => (textOf(id) ? [members.get(textOf(id)) ?? [textOf(id)]] : [])

  for (const sprint of objectsIn(file.sprints)) {
    const {id, name, goal, status} = sprint
    const days = {starts_on: cleanDay(sprint.starts_on, notKept), ends_on: cleanDay(sprint.ends_on, notKept)}
    if (status === 'active' || status === 'closed') notKept.add('sprint-status', textOf(name))
    sprints.set(textOf(id), builder.sprint(textOf(id), {name, goal, ...days}))
  }
  for (const {id, title, description, status, sprint_id} of objectsIn(file.stories).sort(byRank)) {
    const known = storyStatuses.find(known => known === status) ?? 'draft'
    const sprint = sprints.get(textOf(sprint_id)) ?? null
    stories.set(textOf(id), builder.story(textOf(id), {title, description, status: known, sprint}))
  }
  for (const task of objectsIn(file.tasks).sort(byRank)) {
    const id = textOf(task.id)
    const story =
      stories.get(textOf(task.story_id)) ?? builder.story('no-story', {title: 'Tasks without a story'})
    const source = builder.task(id, {
      story,
      title: task.title,
      description: task.description,
      status: builder.mapStatus(textOf(task.status), statusOfTask(task)),
      owners: personOf(task.owner_user_id),
      completed_at: cleanTime(task.completed_at),
      estimated_hours: cleanHours(task.estimated_hours, notKept),
      priority: cleanPriority(task.priority ?? '', notKept),
      due_on: cleanDay(task.due_on, notKept),
      acceptance_criteria_refs: cleanRefs(task.acceptance_criteria_refs ?? [], textOf(task.title), notKept),
      labels: textsIn(task.label_ids).flatMap(labelId => labels.get(labelId) ?? []),
      checklist: objectsIn(task.checklist).map(({text, is_done}) => ({text, is_done: is_done === true})),
    })
    tasks.set(id, source)
    const linkCount = lengthOf(task.blocked_by_task_ids) + lengthOf(task.links)
    notKept.add('links', textOf(task.title), linkCount)
  }
  for (const {id, task_id, author_user_id, body, created_at} of objectsIn(file.comments)) {
    const task = tasks.get(textOf(task_id))
    const [author = []] = personOf(author_user_id)
    if (task) builder.comment(textOf(id), {task, author, body, created_at})
  }
  return builder.build()
}

function statusOfTask({status}: JsonObject): ImportedTask['status'] {
  const known = statuses.find(known => known === status) as ImportedTask['status'] | undefined
  return known ?? statusOf(textOf(status)) ?? 'available'
}

function byRank(one: JsonObject, other: JsonObject): number {
  const [before, after] = [textOf(one.rank), textOf(other.rank)]
  return before < after ? -1 : before > after ? 1 : 0
}
