/** The icons of the page. Each status has a distinct shape, because colour alone is not accessible. */
import type {ReactNode} from 'react'
import type {TaskStatus} from '../../client/client.ts'
import type {Priority} from './words.ts'

function Icon({children}: {children: ReactNode}) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  )
}

const shapes: Record<TaskStatus, ReactNode> = {
  available: <circle cx="8" cy="8" r="5.5" strokeDasharray="2.2 2.12" />,
  owned: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <circle cx="8" cy="8" r="2" className="solid" />
    </>
  ),
  in_progress: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 4.6a3.4 3.4 0 0 1 0 6.8z" className="solid" />
    </>
  ),
  completed: (
    <>
      <circle cx="8" cy="8" r="6.2" className="solid" />
      <path d="m5.2 8.2 2 2 3.6-4" className="cut" />
    </>
  ),
  failed: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="m6 6 4 4m0-4-4 4" />
    </>
  ),
  cancelled: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M5.5 8h5" />
    </>
  ),
}

export function StatusIcon({status}: {status: TaskStatus}) {
  return (
    <span className="status-icon" data-status={status}>
      <Icon>{shapes[status]}</Icon>
    </span>
  )
}

/** How many of the three bars are filled. An urgent task has a filled square in place of the bars. */
const bars: Record<Priority, number> = {urgent: 0, high: 3, medium: 2, low: 1}

export function PriorityIcon({priority}: {priority: Priority}) {
  return (
    <Icon>
      {priority === 'urgent' ? (
        <>
          <rect x="2" y="2" width="12" height="12" rx="3" className="solid" />
          <path d="M8 4.9v3.6M8 11.1v.1" className="cut" />
        </>
      ) : (
        ['M3.5 13v-3', 'M8 13V6.5', 'M12.5 13V3'].map((bar, index) => (
          <path key={bar} d={bar} strokeWidth="2.5" className={index < bars[priority] ? undefined : 'dim'} />
        ))
      )}
    </Icon>
  )
}

export const draw = (drawing: ReactNode) => () => <Icon>{drawing}</Icon>

export const BellIcon = draw(
  <path d="M8 2a4 4 0 0 0-4 4v2.5L2.8 11h10.4L12 8.5V6a4 4 0 0 0-4-4Zm-1.5 11a1.6 1.6 0 0 0 3 0" />,
)
export const SearchIcon = draw(<path d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm3.3 7.8L14 14" />)
export const PlusIcon = draw(<path d="M8 3v10M3 8h10" />)
export const CloseIcon = draw(<path d="m4 4 8 8m0-8-8 8" />)
export const MoreIcon = draw(
  <g className="solid">
    <circle cx="3.5" cy="8" r="1.25" />
    <circle cx="8" cy="8" r="1.25" />
    <circle cx="12.5" cy="8" r="1.25" />
  </g>,
)
export const HistoryIcon = draw(<path d="M2.6 8a5.5 5.5 0 1 0 1.7-4L2.6 5.6m0-3.1v3.1h3.1M8 5v3.2l2.2 1.4" />)
export const PersonIcon = draw(
  <path d="M8 2.5a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2ZM3 13.5c.4-2.5 2.4-4 5-4s4.6 1.5 5 4" />,
)
export const PenIcon = draw(<path d="m10.5 3 2.5 2.5L6 12.5l-3 .5.5-3zM9 4.5 11.5 7" />)
export const TrashIcon = draw(<path d="M3 4.5h10M6.5 4.5v-2h3v2m-5 0 .6 9h5.8l.6-9" />)
export const SwitchIcon = draw(<path d="m4.5 6.2 3.5 3.6 3.5-3.6" />)
export const ArrowUpIcon = draw(<path d="M8 13V3.5M4 7.2l4-4 4 4" />)
export const ArrowDownIcon = draw(<path d="M8 3v9.5M4 8.8l4 4 4-4" />)
export const ToTopIcon = draw(<path d="M3.5 2.8h9M8 13.5V6M4.5 9.2 8 5.8l3.5 3.4" />)
export const ToBottomIcon = draw(<path d="M3.5 13.2h9M8 2.5V10M4.5 6.8 8 10.2l3.5-3.4" />)
export const BlockedIcon = draw(
  <>
    <circle cx="8" cy="8" r="5.5" />
    <path d="m4.2 4.2 7.6 7.6" />
  </>,
)
export const CheckIcon = draw(
  <path d="M2.8 4.6 4.1 6l2.3-2.8M9 4.5h4.5M2.8 10.6 4.1 12l2.3-2.8M9 10.5h4.5" />,
)
export const ChecklistIcon = draw(
  <>
    <rect x="2.5" y="2.5" width="11" height="11" rx="2.5" />
    <path d="m5.4 8.2 1.9 1.9 3.5-3.8" />
  </>,
)
export const CalendarIcon = draw(
  <>
    <rect x="2.5" y="3.5" width="11" height="10" rx="2" />
    <path d="M2.5 6.8h11M5.5 2v2.4M10.5 2v2.4" />
  </>,
)
export const StoryIcon = draw(<path d="M3 3.5h10M3 12.5h6M3 8h6m2.5 2 2.5-2-2.5-2" />)
export const CommentIcon = draw(<path d="M3 3h10v7.5H7.5L4.5 13v-2.5H3z" />)
export const QuestionIcon = draw(
  <>
    <path d="M5.8 6.2a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.1.9-1.1 1.8" />
    <circle cx="8" cy="12.2" r=".9" className="solid" />
  </>,
)
export const AlertIcon = draw(
  <>
    <path d="M8 2.5 14 13H2z" />
    <path d="M8 6.5v3" />
    <circle cx="8" cy="11.2" r=".7" className="solid" />
  </>,
)
