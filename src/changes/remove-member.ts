import type {Transaction} from 'kysely'
import {accessChange} from '../board/access.ts'
import {type Action, requireOtherAdmin} from '../board/member.ts'
import type {BoardTask} from '../board/task.ts'
import {release} from '../board/task-rules.ts'
import type {NewEvent} from '../store/event-log.ts'
import {anyOf, selectBoardTasks, selectEscalations} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {type Change, changeBy, type Effects, startAction} from './change.ts'
import {changeQuestions} from './change-questions.ts'
import {endReleaseRequests} from './end-release-requests.ts'
import {lockMembers} from './lock-members.ts'
import {mapInTurns} from './map-in-turns.ts'
import {updateRow} from './rows.ts'
import {taskAudience} from './task-audience.ts'

/**
 * Removes the member from the organization. The credentials of the member are refused from now on, the member's streams
 * end, and the member's open tasks are released, which ends the requests for their release. Only admins may remove members.
 * Throws Problem 'member-not-found' or 'last-admin'.
 */
export function removeMember(memberId: string): Change<null> {
  return changeBy('admin', async (trx, caller) => {
    const organizationId = caller.organization_id
    const {member, admins} = await lockMembers(trx, caller, memberId)
    requireOtherAdmin(admins, member)
    const tasks = await lockOpenTasks(trx, organizationId, memberId)
    const action = startAction(caller)
    const {timestamp} = action
    const released = await releases(trx, action, memberId, tasks)
    const event = accessChange({timestamp, actor_user_id: caller.user_id}, [memberId], 'member-removed')
    return {
      result: null,
      // The event about the removal precedes the events of the tasks, so that the other processes receive this event
      // early even if there are many tasks.
      events: [{event}, ...released.events],
      writes: [
        updateRow(trx, 'members', organizationId, memberId, {removed_at: timestamp}),
        trx
          .updateTable('api_keys')
          .set({revoked_at: timestamp})
          .where('organization_id', '=', organizationId)
          .where('member_id', '=', memberId)
          .where('revoked_at', 'is', null),
        trx
          .updateTable('sessions')
          .set({ended_at: timestamp})
          .where('organization_id', '=', organizationId)
          .where('member_id', '=', memberId)
          .where('ended_at', 'is', null),
        ...released.writes,
      ],
    }
  })
}

/** Locks the open tasks of a member. The member must already be locked. */
async function lockOpenTasks(
  trx: Transaction<Tables>,
  organizationId: string,
  memberId: string,
): Promise<BoardTask[]> {
  return selectBoardTasks(trx, organizationId)
    .where('owner_user_id', '=', memberId)
    .where('status', 'in', ['owned', 'in_progress'])
    .orderBy('id')
    .forUpdate()
    .execute()
}

async function releases(
  trx: Transaction<Tables>,
  action: Action,
  memberId: string,
  tasks: readonly BoardTask[],
): Promise<Effects> {
  if (tasks.length === 0) return {events: [], writes: []}
  const events = await mapInTurns(tasks, before => {
    const {task, events} = release(before, action)
    return events.map((event): NewEvent => ({event, ...audienceWithout(memberId, action, before, task)}))
  })
  const asked = tasks.filter(({open_question_count}) => open_question_count > 0)
  const requested = await findRequested(trx, action, asked)
  const ended: Effects[] = []
  for (const before of asked.filter(({id}) => requested.has(id)))
    ended.push(await endRequests(trx, action, memberId, before))
  const update = trx
    .updateTable('tasks')
    .set(eb => ({
      status: 'available',
      owner_user_id: null,
      owned_at: null,
      version: eb('version', '+', 1),
      updated_at: action.timestamp,
    }))
    .where('organization_id', '=', action.caller.organization_id)
    .where('id', '=', anyOf(tasks.map(({id}) => id)))
  return {
    events: [...events, ...ended.map(({events}) => events)].flat(),
    writes: [update, ...ended.flatMap(({writes}) => writes)],
  }
}

/** Returns the ids of the tasks with an open request for their release. The tasks are locked, so no request is added. */
async function findRequested(
  trx: Transaction<Tables>,
  {caller}: Action,
  tasks: readonly BoardTask[],
): Promise<ReadonlySet<string | null>> {
  if (tasks.length === 0) return new Set()
  const requests = await selectEscalations(trx, caller.organization_id)
    .where('task_id', '=', anyOf(tasks.map(({id}) => id)))
    .where('status', '=', 'open')
    .where('kind', '=', 'release')
    .execute()
  return new Set(requests.map(({task_id}) => task_id))
}

/** Ends the open requests for the release of the task. The removed member gets no event. */
async function endRequests(
  trx: Transaction<Tables>,
  action: Action,
  memberId: string,
  before: BoardTask,
): Promise<Effects> {
  const {task} = release(before, action)
  const requests = await endReleaseRequests(trx, action, before, task)
  if (requests.events.length === 0) return requests
  const questions = await changeQuestions(trx, action, task, -requests.events.length)
  const withoutMember = requests.events.map(({recipients = [], ...event}) => ({
    ...event,
    recipients: recipients.filter(id => id !== memberId),
  }))
  return {
    events: [...withoutMember, ...questions.events],
    writes: [...requests.writes, ...questions.writes],
  }
}

/** Returns the audience of a release, without the removed member: this member gets no event and no notification. */
function audienceWithout(memberId: string, action: Action, before: BoardTask, after: BoardTask) {
  const {recipients, task} = taskAudience(action, before, after)
  return {recipients: recipients.filter(id => id !== memberId), task: {...task, owners: []}}
}
