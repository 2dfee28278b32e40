/** The number of cards of a column. A column with more tasks than its limit has a mark. */
import type {Project} from '../../client/client.ts'
import {AlertIcon} from '../parts/icons.tsx'
import {type Column, countText} from './board-view.ts'

/** For each status, how many tasks a column should contain at most. */
export type Limits = Project['wip_limits']

interface ColumnCountProps {
  column: Pick<Column, 'cards' | 'total'>
  /** How many tasks the column should contain at most. Undefined when there is no limit. */
  limit: number | undefined
}

export function ColumnCount({column, limit}: ColumnCountProps) {
  const isOver = limit !== undefined && column.total > limit
  return (
    <span className="column-count" data-over={isOver || undefined}>
      {isOver && <AlertIcon />}
      {countText(column)}
      {limit !== undefined && <span className="column-limit"> of {limit}</span>}
      {isOver && <span className="column-over"> over the limit</span>}
    </span>
  )
}
