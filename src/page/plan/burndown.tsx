/** The dialog with the burndown of a sprint: a chart of the open tasks, and the numbers of each day. */
import type {Burndown, Sprint} from '../../client/client.ts'
import {Dialog} from '../parts/dialog.tsx'
import {useFetched} from '../parts/fetched.ts'
import {count, dateRange, rounded, shortDay} from '../parts/format.ts'
import {addStyles} from '../parts/late-styles.ts'
import {useSession} from '../session/session.tsx'
import styles from './burndown.css?inline'
import {type BurndownLines, linesOf, openOf, type Point} from './burndown-lines.ts'

addStyles(styles)

const width = 480
const height = 200

export function BurndownDialog({sprint, onClose}: {sprint: Sprint; onClose(): void}) {
  const {api} = useSession()
  const {value, error} = useFetched(sprint.id, () =>
    api.call('GET /sprints/{id}/burndown', {params: {id: sprint.id}}),
  )
  const lines = value && linesOf(value, sprint)
  return (
    <Dialog title={`Burndown of ${sprint.name}`} onClose={onClose}>
      {!value && <p>{error ? 'The burndown could not be loaded. Trying again…' : 'Loading…'}</p>}
      {value && !lines && <p>Nothing is recorded yet. The burndown begins when the sprint is started.</p>}
      {value && lines && (
        <div className="burndown">
          <Totals burndown={value} />
          <Chart lines={lines} />
          <Days burndown={value} />
        </div>
      )}
    </Dialog>
  )
}

function Totals({burndown}: {burndown: Burndown}) {
  const {task_count, completed_task_count, estimated_hours, completed_hours} = burndown.days.at(-1)!
  return (
    <p className="burndown-totals">
      {completed_task_count} of {count(task_count, 'task')} done
      {estimated_hours > 0 && `, ${rounded(completed_hours)} of ${rounded(estimated_hours)} estimated hours`}
    </p>
  )
}

function Chart({lines}: {lines: BurndownLines}) {
  const {from, to, days, top, actual, ideal} = lines
  const x = ({day}: Point) => (width * day) / days
  const y = ({open}: Point) => height - (height * open) / top
  const path = (points: readonly Point[]) => points.map(point => `${x(point)},${y(point)}`).join(' ')
  const now = actual.at(-1)!
  // Near the right edge, the text is above the point.
  const isNearEnd = now.day > 0.8 * days
  return (
    <figure className="burndown-chart">
      <svg
        viewBox={`-4 -30 ${width + 8} ${height + 38}`}
        role="img"
        aria-label={`Open tasks from ${dateRange(from, to)}: first ${actual[0]!.open}, now ${now.open}`}
      >
        <line className="burndown-base" x1="0" y1={height} x2={width} y2={height} />
        {ideal && <polyline className="burndown-ideal" points={path(ideal)} />}
        <polyline className="burndown-line" points={path(actual)} />
        {actual.length > 1 && (
          <text className="burndown-value" x={0} y={y(actual[0]!) - 8}>
            {actual[0]!.open} open
          </text>
        )}
        <text
          className="burndown-value"
          x={x(now)}
          y={y(now) + (isNearEnd ? -10 : 4)}
          dx={isNearEnd ? 0 : 10}
          textAnchor={isNearEnd ? 'end' : 'start'}
        >
          {now.open} open
        </text>
        <circle className="burndown-now" cx={x(now)} cy={y(now)} r="4" />
      </svg>
      <figcaption>
        <span>{shortDay(from)}</span>
        {ideal && <span className="burndown-key">Dashed: an even pace</span>}
        <span>{shortDay(to)}</span>
      </figcaption>
    </figure>
  )
}

function Days({burndown}: {burndown: Burndown}) {
  return (
    <details>
      <summary>Numbers of each day</summary>
      <table className="burndown-days">
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Tasks</th>
            <th scope="col">Done</th>
            <th scope="col">Open</th>
          </tr>
        </thead>
        <tbody>
          {burndown.days.map(entry => (
            <tr key={entry.day}>
              <th scope="row">{entry.day}</th>
              <td>{entry.task_count}</td>
              <td>{entry.completed_task_count}</td>
              <td>{openOf(entry)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
