/** Creates a new resource for each request that changes or deletes a resource. */
import {randomUUID} from 'node:crypto'
import {type Client, requireSuccess, type Send, sendAs} from './client.ts'
import type {Kind, Organization} from './world.ts'

/**
 * Creates a resource as the caller, and returns the id of the resource. Rejects when the caller is not allowed to
 * create the resource.
 */
export async function makeNew(
  {kind, needsNew}: {kind?: Kind; needsNew?: boolean | 'owned'},
  send: Send,
  client: Client,
  organization: Organization,
): Promise<string> {
  if (kind === 'notification') return newNotification(send, client, organization)
  if (kind === 'blocker') {
    const [task, blocker] = [
      await makeNew({kind: 'task'}, send, client, organization),
      await makeNew({kind: 'task'}, send, client, organization),
    ]
    await requireSuccess(send({method: 'PUT', path: `/api/v1/tasks/${task}/blockers/${blocker}`}))
    return `${task}:${blocker}`
  }
  const {path, body} = creations[kind!]!(organization)
  const created = await requireSuccess(send({method: 'POST', path: `/api/v1${path}`, body}))
  const {id, member_id} = created.body
  if (kind === 'keyMember') return member_id
  if (kind === 'checklistItem') return `${id}:${created.body.checklist.at(-1).id}`
  if (needsNew === 'owned') {
    await requireSuccess(send({method: 'PUT', path: `/api/v1/tasks/${id}/ownership`}))
  }
  return id
}

type Creation = (organization: Organization) => {path: string; body: object}

const creations: Partial<Record<Kind, Creation>> = {
  project: ({word}) => ({path: '/projects', body: {name: word}}),
  label: ({ids}) => ({path: `/projects/${ids.project}/labels`, body: {name: randomUUID()}}),
  sprint: ({ids, word}) => ({path: `/projects/${ids.project}/sprints`, body: {name: word}}),
  story: ({ids, word}) => ({path: `/projects/${ids.project}/stories`, body: {title: word}}),
  task: ({ids, word}) => ({path: `/stories/${ids.story}/tasks`, body: {title: word}}),
  checklistItem: ({ids, word}) => ({path: `/tasks/${ids.task}/checklist`, body: {text: word}}),
  comment: ({ids, word}) => ({path: `/tasks/${ids.task}/comments`, body: {body: word}}),
  keyMember: ({word}) => ({path: '/api-keys', body: {name: word, role: 'viewer'}}),
  apiKey: ({word}) => ({path: '/api-keys', body: {name: word, role: 'viewer'}}),
  escalation: ({ids, word}) => ({path: `/projects/${ids.project}/escalations`, body: {question: word}}),
}

/** An admin mentions the caller in a comment. If the caller is the admin, a member mentions the admin. */
async function newNotification(
  send: Send,
  client: Client,
  {ids, tokens, word}: Organization,
): Promise<string> {
  const me = await requireSuccess(send({method: 'GET', path: '/api/v1/me'}))
  const {user_id, role} = me.body
  const author = sendAs(client, role === 'admin' ? tokens.member : tokens.admin)
  const path = `/api/v1/tasks/${ids.task}/comments`
  await requireSuccess(author({method: 'POST', path, body: {body: word, mentions: [user_id]}}))
  const list = await requireSuccess(send({method: 'GET', path: '/api/v1/notifications'}))
  return list.body.items[0].id
}
