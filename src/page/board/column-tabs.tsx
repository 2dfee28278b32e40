/**
 * On a phone, one column fills the screen. The tabs show how many cards each column has, and scroll to a column. On wider
 * screens, the tabs are hidden, because all columns are visible.
 */
import {type RefObject, useEffect, useRef, useState} from 'react'
import type {TaskStatus} from '../../client/client.ts'
import {StatusIcon} from '../parts/icons.tsx'
import {statusLabels} from '../parts/words.ts'
import type {Column} from './board-view.ts'
import {ColumnCount, type Limits} from './column-count.tsx'

interface ColumnTabsProps {
  columns: readonly Column[]
  /** Undefined until the project is loaded. */
  limits: Limits | undefined
  /** The element that contains the columns and scrolls them. */
  area: RefObject<HTMLElement | null>
}

export function ColumnTabs({columns, limits, area}: ColumnTabsProps) {
  const shown = useShownColumn(area, columns.map(({status}) => status).join())
  const tabs = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when another tab becomes the current one
  useEffect(() => {
    const {current: strip} = tabs
    const tab = strip!.querySelector<HTMLElement>('[aria-current]')
    if (tab) strip!.scrollTo({left: tab.offsetLeft - (strip!.clientWidth - tab.offsetWidth) / 2})
  }, [shown])
  return (
    <nav ref={tabs} className="column-tabs" aria-label="Columns">
      {columns.map(({status, ...column}) => (
        <button
          key={status}
          type="button"
          aria-current={status === shown || undefined}
          onClick={() => columnOf(area.current, status)?.scrollIntoView({inline: 'center', block: 'nearest'})}
        >
          <StatusIcon status={status} />
          {statusLabels[status]} <ColumnCount column={column} limit={limits?.[status]} />
        </button>
      ))}
    </nav>
  )
}

/** Returns the status of the column of which most is visible. `key` changes when the columns change. */
function useShownColumn(area: RefObject<HTMLElement | null>, key: string): TaskStatus | undefined {
  const [shown, setShown] = useState<TaskStatus>()
  // biome-ignore lint/correctness/useExhaustiveDependencies: other columns must be observed when the key changes
  useEffect(() => {
    const observer = new IntersectionObserver(
      entries => {
        const entered = entries.find(({isIntersecting}) => isIntersecting)
        if (entered) setShown((entered.target as HTMLElement).dataset.status as TaskStatus)
      },
      {root: area.current, threshold: 0.6},
    )
    for (const column of area.current!.children) observer.observe(column)
    return () => observer.disconnect()
  }, [area, key])
  return shown
}

function columnOf(area: HTMLElement | null, status: TaskStatus): Element | null | undefined {
  return area?.querySelector(`[data-status="${status}"].column`)
}
