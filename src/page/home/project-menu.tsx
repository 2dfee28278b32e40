/** The menu of a project: import a file, and export the project. */
import {useRef, useState} from 'react'
import type {Project} from '../../client/client.ts'
import {MoreIcon} from '../parts/icons.tsx'
import {Menu, type MenuItem} from '../parts/menu.tsx'
import {DownloadIcon, UploadIcon} from '../parts/more-icons.tsx'

interface ProjectMenuProps {
  project: Project
  /** Undefined when the viewer is not allowed to import files. */
  onImport: (() => void) | undefined
}

export function ProjectMenu({project, onImport}: ProjectMenuProps) {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
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
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={label}
        title="Import and export"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <MoreIcon />
      </button>
      {isOpen && (
        <Menu
          label={label}
          title={project.name}
          findAnchor={() => button.current ?? undefined}
          items={items}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}
