/** The button next to the sprint's name. It opens a menu of the other sprints of the project. */
import {useCallback, useRef, useState} from 'react'
import type {Sprint} from '../../client/client.ts'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {dateRange} from '../parts/format.ts'
import {SwitchIcon} from '../parts/icons.tsx'
import {Menu, type MenuItem} from '../parts/menu.tsx'
import {go} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'

export function SprintSwitcher({sprint}: {sprint: Sprint}) {
  const {api} = useSession()
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = useCallback(() => setOpen(false), [])
  // The list is fetched at each opening, because the stream of the board has no events of other sprints.
  const sprints = useFetched(isOpen && sprint.project_id, () =>
    api.all('GET /projects/{id}/sprints', {params: {id: sprint.project_id}}),
  )
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label="Switch to another sprint"
        title="Switch to another sprint"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <SwitchIcon />
      </button>
      {isOpen && (
        <Menu
          label="Sprints"
          title="Sprints of this project"
          findAnchor={() => button.current ?? undefined}
          items={itemsOf(sprints, sprint.id)}
          onClose={close}
        />
      )}
    </>
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
