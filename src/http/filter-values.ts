import {quotaExceeded} from '../board/quotas.ts'
import type {TicketSelection} from '../board/ticket.ts'

/** Throws Problem 'quota-exceeded' when the filters of a stream have more values than `limit`. */
export function requireFewFilters(
  {project_id, sprint_id, story_id, task_id, types}: Omit<TicketSelection, 'topics'>,
  limit: number,
): void {
  const lists = [project_id, sprint_id, story_id, task_id, types]
  const used = lists.reduce((sum, values) => sum + (values?.length ?? 0), 0)
  if (used > limit) throw quotaExceeded({setting: 'MAX_FILTER_VALUES', limit, used})
}
