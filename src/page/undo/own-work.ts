/** Determines from the history of a task whether the viewer made a change. */
import type {HistoryItem, Me} from '../../client/client.ts'
import type {Act, BlockerAct, TaskAct} from './act.ts'

type ActOfTask = Extract<Act, {task: object} | {kind: 'task'}>

/**
 * Whether the viewer, and no other member, has changed the fields of the act since the state before it. A request changes
 * nothing when another member has made the same change before. The response then looks as if the viewer had made it.
 * `history` contains the newest items.
 */
export function isOwnWork(
  act: TaskAct | BlockerAct,
  history: readonly HistoryItem[],
  me: Pick<Me, 'user_id'>,
): boolean {
  const fields = fieldsOf(act)
  // The history has no moves within the order.
  if (fields.length === 0) return true
  const [since, end] = timesOf(act)
  const items = history.filter(
    ({timestamp, changes}) =>
      (timestamp === end || (since < timestamp && timestamp < end)) &&
      changes.some(change => fields.includes(change.field) && isPartOf(act, change)),
  )
  const isMine = ({actor_user_id}: HistoryItem) => actor_user_id === me.user_id
  // Labels are merged, because other members may add and remove other labels.
  const unmerged = fields.filter(field => field !== 'label_ids')
  const others = items.filter(item => !isMine(item))
  return (
    items.some(isMine) && !others.some(({changes}) => changes.some(({field}) => unmerged.includes(field)))
  )
}

/** Whether the change is of the act. In a list, others can have changed other ids at the same time. */
function isPartOf(
  act: TaskAct | BlockerAct,
  {field, added = [], removed = []}: HistoryItem['changes'][number],
) {
  if (act.kind === 'blocker') return [...added, ...removed].includes(act.blockerId)
  const [before, after] = [act.before.label_ids, act.after.label_ids]
  const isOfAct = (id: string) => before.includes(id) !== after.includes(id)
  return field !== 'label_ids' || [...added, ...removed].some(isOfAct)
}

/** Returns the id of another member who has changed the task since the state before the act, or undefined. */
export function otherActor(act: ActOfTask, history: readonly HistoryItem[], me: Pick<Me, 'user_id'>) {
  const fields = fieldsOf(act)
  const [since, end] = timesOf(act)
  const others = history.filter(
    ({timestamp, actor_user_id}) => actor_user_id !== me.user_id && (timestamp > since || timestamp === end),
  )
  const other = others.find(({changes}) => changes.some(({field}) => fields.includes(field)))
  // Every change of a new task keeps the task.
  return (act.kind === 'created-task' ? others[0] : other)?.actor_user_id ?? undefined
}

/** Returns the names that the fields of the act have in the history. */
function fieldsOf(act: ActOfTask): string[] {
  if (act.kind === 'task') return act.fields.filter(field => field !== 'rank')
  if (act.kind === 'blocker') return ['blocked_by_task_ids']
  return act.kind === 'checklist' ? ['checklist'] : []
}

/** Returns the times of the states before and after the act. Of some acts, only the state after the act is known. */
function timesOf(act: ActOfTask): [since: string, end: string] {
  if (act.kind === 'task') return [act.before.updated_at, act.after.updated_at]
  return [act.task.updated_at, act.task.updated_at]
}
