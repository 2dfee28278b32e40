/** Pure functions that compute the bars of a velocity chart. */
import type {Velocity} from '../../client/client.ts'

type ClosedSprint = Velocity['sprints'][number]

/** One closed sprint. The shares are fractions of the longest bar, from 0 to 1. */
export interface VelocityBar {
  id: string
  name: string
  /** What the sprint completed and what it contained, in the unit of the chart. */
  completed: number
  planned: number
  completedShare: number
  plannedShare: number
}

export interface VelocityBars {
  /** Hours when a task of these sprints has an estimate, otherwise tasks. */
  unit: 'hour' | 'task'
  /** The last closed sprint first. */
  bars: VelocityBar[]
  /** What these sprints completed on average, in the unit of the chart. */
  average: number
  averageShare: number
}

const maxShown = 8 // older sprints say little about the next one

/** Returns undefined when no sprint was closed. */
export function barsOf({sprints}: Velocity): VelocityBars | undefined {
  const shown = sprints.slice(0, maxShown)
  if (shown.length === 0) return undefined
  const unit = shown.some(({estimated_hours}) => estimated_hours > 0) ? 'hour' : 'task'
  const completedIn = (sprint: ClosedSprint) =>
    unit === 'hour' ? sprint.completed_hours : sprint.completed_task_count
  const plannedIn = (sprint: ClosedSprint) => (unit === 'hour' ? sprint.estimated_hours : sprint.task_count)
  const longest = Math.max(...shown.map(plannedIn)) || 1
  const average = shown.reduce((sum, sprint) => sum + completedIn(sprint), 0) / shown.length
  return {
    unit,
    bars: shown.map(sprint => ({
      id: sprint.sprint_id,
      name: sprint.name,
      completed: completedIn(sprint),
      planned: plannedIn(sprint),
      completedShare: completedIn(sprint) / longest,
      plannedShare: plannedIn(sprint) / longest,
    })),
    average,
    averageShare: average / longest,
  }
}
