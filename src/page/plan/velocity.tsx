/** The dialog with the velocity of a project: what each of the last closed sprints completed, and the average. */
import type {CSSProperties} from 'react'
import type {Project} from '../../client/client.ts'
import {Dialog} from '../parts/dialog.tsx'
import {useFetched} from '../parts/fetched.ts'
import {count, rounded} from '../parts/format.ts'
import {addStyles} from '../parts/late-styles.ts'
import {LoadError} from '../parts/page-states.tsx'
import {useSession} from '../session/session.tsx'
import styles from './velocity.css?inline'
import {barsOf, type VelocityBar, type VelocityBars} from './velocity-bars.ts'

addStyles(styles)

export function VelocityDialog({project, onClose}: {project: Project; onClose(): void}) {
  const {api} = useSession()
  const velocity = useFetched(project.id, () =>
    api.call('GET /projects/{id}/velocity', {params: {id: project.id}}),
  )
  const chart = velocity.value && barsOf(velocity.value)
  return (
    <Dialog title={`Velocity of ${project.name}`} onClose={onClose}>
      <LoadError of={velocity}>Could not load the velocity.</LoadError>
      {!velocity.value && velocity.error === undefined && <p>Loading…</p>}
      {velocity.value && !chart && (
        <p>No sprint has been closed yet. The velocity shows how much each closed sprint completed.</p>
      )}
      {chart && <Chart chart={chart} />}
    </Dialog>
  )
}

function Chart({chart: {unit, bars, average, averageShare}}: {chart: VelocityBars}) {
  return (
    <div className="velocity">
      <p className="velocity-average">
        <strong>{count(rounded(average), unit)}</strong> completed{' '}
        {bars.length === 1 ? 'in the last closed sprint' : `on average (last ${bars.length} closed sprints)`}
      </p>
      <ul style={{'--average': percent(averageShare)} as CSSProperties}>
        {bars.map(bar => (
          <Bar key={bar.id} bar={bar} unit={unit} />
        ))}
      </ul>
      <p className="velocity-key">
        <span className="velocity-completed" /> Completed
        <span className="velocity-planned" /> Planned
        <span className="velocity-line" /> Average
      </p>
    </div>
  )
}

function Bar({bar: {name, completed, planned, completedShare, plannedShare}, unit}: BarProps) {
  return (
    <li>
      <span className="velocity-name">{name}</span>
      <span className="velocity-numbers">
        {rounded(completed)} of {count(rounded(planned), unit)}
      </span>
      <span className="velocity-bar" aria-hidden="true">
        <span className="velocity-planned" style={{width: percent(plannedShare)}} />
        <span className="velocity-completed" style={{width: percent(completedShare)}} />
      </span>
    </li>
  )
}

interface BarProps {
  bar: VelocityBar
  unit: VelocityBars['unit']
}

function percent(share: number): string {
  return `${100 * share}%`
}
