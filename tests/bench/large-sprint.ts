/** Creates a sprint with hundreds of tasks over the API, for the rows that measure the page. */
import {taskStatuses} from '../../src/board/task.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {organization} from './servers/organization.ts'

const concurrentTasks = 8

const words =
  'checkout payment address basket session field card order charge replay alert refund bank sandbox'.split(
    ' ',
  )
const verbs = [
  'Merge',
  'Keep',
  'Remember',
  'Offer',
  'Write down',
  'Replay',
  'Measure',
  'Hide',
  'Link',
  'Show',
]

/** Returns one token for each member. */
export function mintTokens(secret: string, members: number): Promise<string[]> {
  return Promise.all(
    Array.from({length: members}, (_, number) =>
      mintToken(
        {secret},
        {subject: `${number}`, organization, role: 'member', name: nameOf(number), lifetime: 3600},
      ),
    ),
  )
}

/** Sends a request to the API. Throws an error when the status is not 2xx. */
export async function send(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<any> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
    ...(body && {body: JSON.stringify(body)}),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return response.json()
}

export interface LargeSprint {
  sprintId: string
  /** The ids of the tasks that have no owner and are not closed. */
  availableIds: string[]
}

interface Size {
  stories: number
  tasksPerStory: number
  /** How many tasks have all statuses and owners. The other tasks are available. Default: all tasks. */
  workedTasks?: number
}

/** Creates a sprint. Each member owns an equal part of the tasks. */
export async function createSprint(
  url: string,
  tokens: readonly string[],
  {stories, tasksPerStory, workedTasks = stories * tasksPerStory}: Size,
): Promise<LargeSprint> {
  const as = (member: number, method: string, path: string, body?: object) =>
    send(url, tokens[member]!, method, path, body)
  const project = await as(0, 'POST', '/projects', {name: 'Web shop'})
  const sprint = await as(0, 'POST', `/projects/${project.id}/sprints`, {name: 'Sprint 12'})
  const availableIds: string[] = []
  let number = 0
  for (let count = 0; count < stories; count++) {
    const fields = {title: titleOf(10_000 + count), sprint_id: sprint.id}
    const story = await as(0, 'POST', `/projects/${project.id}/stories`, fields)
    const addTasks = async () => {
      while (number < (count + 1) * tasksPerStory) {
        const current = number++
        const member = current % tokens.length
        const body = {title: titleOf(current), estimated_hours: (current % 8) + 1}
        const task = await as(member, 'POST', `/stories/${story.id}/tasks`, body)
        const status = current < workedTasks ? taskStatuses[current % taskStatuses.length]! : 'available'
        const setStatus = (status: string) => as(member, 'PUT', `/tasks/${task.id}/status`, {status})
        if (status === 'available') availableIds.push(task.id)
        if (status === 'cancelled') await setStatus(status)
        if (status === 'available' || status === 'cancelled') continue
        await as(member, 'PUT', `/tasks/${task.id}/ownership`)
        if (status !== 'owned') await setStatus('in_progress')
        if (status !== 'owned' && status !== 'in_progress') await setStatus(status)
      }
    }
    await Promise.all(Array.from({length: concurrentTasks}, addTasks))
  }
  return {sprintId: sprint.id, availableIds}
}

/** Returns a title. The titles of different numbers are different. */
function titleOf(number: number): string {
  const word = (step: number) => words[(number * 7 + step * 5) % words.length]
  const more = number % 3 === 0 ? ` before the ${word(3)} and the ${word(4)} change` : ''
  return `${verbs[number % verbs.length]} the ${word(1)} when the ${word(2)} ends (${number})${more}`
}

function nameOf(number: number): string {
  return `${['Ada', 'Grace', 'Edsger', 'Barbara'][number % 4]} ${['Lovelace', 'Hopper'][number % 2]} ${number}`
}
