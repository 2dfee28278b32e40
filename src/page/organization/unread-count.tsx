/** The number of the viewer's unread notifications in a project. */
import {maxUnreadCount} from '../../client/board.ts'
import {addStyles} from '../parts/late-styles.ts'
import {useObservable} from '../parts/observable.ts'
import {useUnread} from './organization-stream.tsx'
import styles from './unread-count.css?inline'

addStyles(styles)

/** Shows nothing while the project has no unread notifications. */
export function UnreadCount({projectId}: {projectId: string}) {
  const number = useObservable(useUnread())[projectId] ?? 0
  if (number === 0) return null
  return (
    <span className="unread-count" title="Unread notifications">
      {number >= maxUnreadCount ? `${maxUnreadCount - 1}+` : number}
      <span className="visually-hidden"> unread</span>
    </span>
  )
}
