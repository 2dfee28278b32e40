/** The menu of the sprints of the project. */
import type {Sprint} from '../../client/client.ts'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {dateRange} from '../parts/format.ts'
import {Menu, type MenuItem} from '../parts/menu.tsx'
import type {Anchored} from '../parts/menu-button.tsx'
import {go} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'

export interface SprintMenuProps extends Anchored {
  sprint: Sprint
}

export function SprintMenu({sprint, findAnchor, onClose}: SprintMenuProps) {
  const {api} = useSession()
  // The list is fetched at each opening, because the stream of the board has no events of other sprints.
  const sprints = useFetched(sprint.project_id, () =>
    api.all('GET /projects/{id}/sprints', {params: {id: sprint.project_id}}),
  )
  return (
    <Menu
      label="Sprints"
      title="Sprints of this project"
      findAnchor={findAnchor}
      items={itemsOf(sprints, sprint.id)}
      onClose={onClose}
    />
  )
}

const groups = [
  ['active', 'Running'],
  ['planned', 'Planned'],
  ['closed', 'Closed'],
] as const

// A planned sprint without dates comes after the sprints with dates.
const startOf = ({starts_on}: Sprint) => starts_on ?? '9999'

/**
 * The sprints are grouped by their status. The latest sprint of a group comes first, but of the planned sprints the next
 * one. Until the sprints are loaded, the only item shows that they are not loaded yet.
 */
function itemsOf({value, error}: Fetched<readonly Sprint[]>, currentId: string): MenuItem[] {
  if (!value) {
    const label = error ? 'The sprints could not be loaded. Trying again…' : 'Loading…'
    return [{label, isDisabled: true, onSelect() {}}]
  }
  const latestFirst = value.toReversed()
  const nextFirst = value.toSorted((one, other) => startOf(one).localeCompare(startOf(other)))
  return groups.flatMap(([status, heading]) =>
    (status === 'planned' ? nextFirst : latestFirst)
      .filter(sprint => sprint.status === status)
      .map(({id, name, starts_on, ends_on}, index) => ({
        id,
        label: [name, dateRange(starts_on, ends_on)].filter(Boolean).join(' · '),
        icon: <span className="icon" />,
        isCurrent: id === currentId,
        ...(index === 0 && {heading}),
        onSelect: () => id !== currentId && go(`/sprints/${id}`),
      })),
  )
}
