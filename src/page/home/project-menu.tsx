/** The menu of a project: import a file, and export the project. */
import type {Project} from '../../client/client.ts'
import {MoreIcon} from '../parts/icons.tsx'
import {Menu, type MenuItem} from '../parts/menu.tsx'
import {MenuButton} from '../parts/menu-button.tsx'
import {DownloadIcon, UploadIcon} from '../parts/more-icons.tsx'

interface ProjectMenuProps {
  project: Project
  /** Undefined when the viewer is not allowed to import files. */
  onImport: (() => void) | undefined
}

export function ProjectMenu({project, onImport}: ProjectMenuProps) {
  const address = `/api/v1/projects/${project.id}/export`
  const items: MenuItem[] = [
    ...(onImport ? [{label: 'Import…', icon: <UploadIcon />, onSelect: onImport}] : []),
    // The browser does not show why the server refuses a second export.
    {
      label: 'Export as JSON',
      icon: <DownloadIcon />,
      heading: 'One export at a time',
      download: address,
    },
    {label: 'Export as CSV', icon: <DownloadIcon />, download: `${address}?format=csv`},
  ]
  const label = `Import and export: ${project.name}`
  return (
    <MenuButton
      label={label}
      title="Import and export"
      menu={anchored => <Menu label={label} title={project.name} items={items} {...anchored} />}
    >
      <MoreIcon />
    </MenuButton>
  )
}
