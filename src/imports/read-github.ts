/**
 * Reads the issues of a GitHub repository, the answer to `GET /repos/{owner}/{repo}/issues?state=all`: milestones become
 * stories, and issues become tasks.
 */
import {BoardBuilder} from './board-builder.ts'
import {cleanTime} from './clean-values.ts'
import type {ImportedBoard, ImportedTask, Person} from './imported-board.ts'
import {isObject, type JsonObject, numberOf, objectOf, objectsIn, textOf, textsOf} from './json-values.ts'

export function isGithub(json: unknown): json is unknown[] {
  return (
    Array.isArray(json) &&
    (json.length === 0 || (isObject(json[0]) && 'number' in json[0] && 'title' in json[0]))
  )
}

export function readGithub(issues: readonly unknown[]): ImportedBoard {
  const builder = new BoardBuilder('github')
  const {notKept} = builder
  const fields = new Set<string>() // that Boardcast does not have
  let withUnused = 0
  // GitHub returns the newest issue first.
  for (const issue of objectsIn(issues).sort((one, other) => numberOf(one.number) - numberOf(other.number))) {
    const title = textOf(issue.title)
    if (isObject(issue.pull_request)) {
      notKept.add('pull-requests', title)
      continue
    }
    const assignees = objectsIn(issue.assignees)
    const owners = (assignees.length > 0 ? assignees : objectsIn([issue.assignee])).map(personOf)
    if (owners.length > 1) notKept.add('further-owners', title)
    notKept.add('comments-without-text', title, numberOf(issue.comments))
    const unused = unusedFields(issue)
    for (const field of unused) fields.add(field)
    if (unused.length > 0) withUnused++
    builder.task(textOf(issue.id) || textOf(issue.html_url) || textOf(issue.number), {
      story: storyOf(issue, builder),
      title,
      description: issue.body,
      status: statusOfIssue(issue, builder),
      owners,
      completed_at: cleanTime(issue.closed_at),
      estimated_hours: null,
      priority: null,
      due_on: null,
      labels: labelsOf(issue).map(({name, color}) => builder.label(name, color)),
    })
  }
  notKept.add('unused-fields', [...fields].join(', '), withUnused)
  return builder.build()
}

function unusedFields({user, created_at, milestone}: JsonObject): string[] {
  return [
    ...(textOf(objectOf(user).login) ? ['author'] : []),
    ...(textOf(created_at) ? ['creation time'] : []),
    ...(textOf(objectOf(milestone).due_on) ? ['due date of the milestone'] : []),
  ]
}

function storyOf(issue: JsonObject, builder: BoardBuilder): string {
  const {milestone} = issue
  if (!isObject(milestone)) return builder.story('no-milestone', {title: 'Issues without a milestone'})
  const status = milestone.state === 'closed' ? 'done' : 'draft'
  return builder.story(`milestone-${textOf(milestone.id)}`, {
    title: milestone.title,
    description: milestone.description,
    status,
  })
}

function statusOfIssue({state, state_reason}: JsonObject, builder: BoardBuilder): ImportedTask['status'] {
  if (state !== 'closed') return builder.mapStatus('open', 'available')
  const isDropped = state_reason === 'not_planned' || state_reason === 'duplicate'
  return isDropped
    ? builder.mapStatus(`closed (${textOf(state_reason).replace('_', ' ')})`, 'cancelled')
    : builder.mapStatus('closed', 'completed')
}

/** A label can also be only a name. */
function labelsOf({labels}: JsonObject): {name: string; color: string}[] {
  if (!Array.isArray(labels)) return []
  return labels
    .map(label =>
      isObject(label)
        ? {name: textOf(label.name), color: textOf(label.color)}
        : {name: textOf(label), color: ''},
    )
    .filter(({name}) => name !== '')
}

function personOf(user: JsonObject): Person {
  const {login, name, email} = objectOf(user)
  return textsOf(name, login, email)
}
