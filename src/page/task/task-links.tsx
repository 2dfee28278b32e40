/** The pull requests and commits that name the key of the open task. */
import type {TaskLink} from '../../client/client.ts'
import {dateAndTime} from '../parts/format.ts'
import {LabelChip} from '../parts/label-chip.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {MergeIcon} from '../parts/more-icons.tsx'
import {linkView, newestLinks} from './link-view.ts'
import styles from './task-links.css?inline'

addStyles(styles)

/** Renders nothing without links. A task of an earlier version of the server has no list of links. */
export function TaskLinks({links = []}: {links: readonly TaskLink[] | undefined}) {
  if (links.length === 0) return null
  return (
    <section className="task-links" aria-label="Pull requests and commits">
      <h3>Pull requests and commits</h3>
      <ul>
        {newestLinks(links).map(link => (
          <LinkRow key={link.url} link={link} />
        ))}
      </ul>
    </section>
  )
}

function LinkRow({link}: {link: TaskLink}) {
  const {name, title, state, color, href} = linkView(link)
  const text = (
    <>
      {name && <span className="muted">{name}</span>} {title}
    </>
  )
  return (
    <li title={`Updated ${dateAndTime(link.updated_at)}`}>
      <MergeIcon />
      {href ? (
        <a href={href} target="_blank" rel="noopener noreferrer">
          {text}
        </a>
      ) : (
        <span>{text}</span>
      )}
      <LabelChip name={state} color={color} />
    </li>
  )
}
