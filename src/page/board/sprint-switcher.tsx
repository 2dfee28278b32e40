/** The button next to the sprint's name. It opens a menu of the other sprints of the project. */
import type {Sprint} from '../../client/client.ts'
import {SwitchIcon} from '../parts/icons.tsx'
import {lazyMenu} from '../parts/lazy-part.tsx'
import {MenuButton} from '../parts/menu-button.tsx'

export const SprintMenu = lazyMenu(async () => (await import('./sprint-menu.tsx')).SprintMenu)

export function SprintSwitcher({sprint}: {sprint: Sprint}) {
  const label = 'Switch to another sprint'
  return (
    <MenuButton label={label} title={label} menu={anchored => <SprintMenu sprint={sprint} {...anchored} />}>
      <SwitchIcon />
    </MenuButton>
  )
}
