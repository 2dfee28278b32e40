/** The dialog with the burndown of a sprint: a chart of the open tasks, and the numbers of each day. */
import {useEffect, useRef} from 'react'
import type {Board, Burndown} from '../../client/client.ts'
import {Dialog} from '../parts/dialog.tsx'
import {useFetched} from '../parts/fetched.ts'
import {dateRange, rounded, shortDay} from '../parts/format.ts'
import {addStyles} from '../parts/late-styles.ts'
import {useRefetchSoon} from '../parts/refetch-soon.ts'
import {useSession} from '../session/session.tsx'
import styles from './burndown.css?inline'
import {type BurndownLines, linesOf, openOf, type Point, totalsText} from './burndown-lines.ts'

addStyles(styles)

const width = 480
const height = 200

export function BurndownDialog({board, onClose}: {board: Board; onClose(): void}) {
  const {api} = useSession()
  const {sprint} = board
  const burndown = useFetched(sprint.id, () =>
    api.call('GET /sprints/{id}/burndown', {params: {id: sprint.id}}),
  )
  const {value, error} = burndown
  const refetchSoon = useRefetchSoon(burndown, 1_000)
  const shownBoard = useRef(board)
  useEffect(() => {
    if (shownBoard.current !== board && board.sprint.status === 'active') refetchSoon()
    shownBoard.current = board
  }, [board, refetchSoon])
  const lines = value && linesOf(value, sprint)
  return (
    <Dialog title={`Burndown of ${sprint.name}`} onClose={onClose}>
      {!value && <p>{error ? 'The burndown could not be loaded. Trying again…' : 'Loading…'}</p>}
      {value && !lines && <p>Nothing is recorded yet. The burndown begins when the sprint is started.</p>}
      {value && lines && (
        <div className="burndown">
          <p className="burndown-totals">{totalsText(value, lines)}</p>
          <Chart lines={lines} />
          <Days burndown={value} />
        </div>
      )}
    </Dialog>
  )
}

function Chart({lines}: {lines: BurndownLines}) {
  const {from, to, days, top, actual, recordedSince, ideal} = lines
  const x = ({day}: Point) => (width * day) / days
  const y = ({open}: Point) => height - (height * open) / top
  const path = (points: readonly Point[]) => points.map(point => `${x(point)},${y(point)}`).join(' ')
  const now = actual.at(-1)!
  // Near the right edge, the text is above the point.
  const isNearEnd = now.day > 0.8 * days
  return (
    <figure className="burndown-chart">
      <svg
        viewBox={`-30 -30 ${width + 34} ${height + 54}`}
        role="img"
        aria-label={`Open tasks from ${dateRange(from, to)}: first ${actual[0]!.open}, now ${now.open}`}
      >
        <line className="burndown-base" x1="0" y1={height} x2={width} y2={height} />
        {[0, top].map(open => (
          <text key={open} className="burndown-axis" x="-8" y={y({day: 0, open}) + 4} textAnchor="end">
            {open}
          </text>
        ))}
        <text className="burndown-axis" x="0" y={height + 20}>
          {shortDay(from)}
        </text>
        <text className="burndown-axis" x={width} y={height + 20} textAnchor="end">
          {shortDay(to)}
        </text>
        {ideal && <polyline className="burndown-ideal" points={path(ideal)} />}
        <polyline className="burndown-line" points={path(actual)} />
        {actual.length > 1 && (
          <text className="burndown-value" x={x(actual[0]!)} y={y(actual[0]!) - 8}>
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
        {ideal && 'Dashed: an even pace. '}
        {recordedSince && `Recorded since ${shortDay(recordedSince)}. `}
        Days are in UTC.
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
            <th scope="col">Hours</th>
            <th scope="col">Hours done</th>
          </tr>
        </thead>
        <tbody>
          {burndown.days.map(entry => (
            <tr key={entry.day}>
              <th scope="row">{shortDay(entry.day)}</th>
              <td>{entry.task_count}</td>
              <td>{entry.completed_task_count}</td>
              <td>{openOf(entry)}</td>
              <td>{rounded(entry.estimated_hours)}</td>
              <td>{rounded(entry.completed_hours)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
