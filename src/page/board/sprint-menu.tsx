/** The menu of the other sprints of the project. */
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

/** The latest sprint comes first. Until the sprints are loaded, the only item shows that they are not loaded yet. */
function itemsOf({value, error}: Fetched<readonly Sprint[]>, currentId: string): MenuItem[] {
  if (!value) {
    const label = error ? 'The sprints could not be loaded. Trying again…' : 'Loading…'
    return [{label, isDisabled: true, onSelect() {}}]
  }
  return value.toReversed().map(({id, name, starts_on, ends_on}) => ({
    id,
    label: [name, dateRange(starts_on, ends_on), id === currentId && 'this sprint']
      .filter(Boolean)
      .join(' · '),
    isDisabled: id === currentId,
    onSelect: () => go(`/sprints/${id}`),
  }))
}
