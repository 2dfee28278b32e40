/** The history of a task at the end of its panel. Its code and its content are loaded when it is opened. */
import {useState} from 'react'
import {lazyPanel} from '../parts/lazy-part.tsx'
import type {HistorySource} from './use-history.ts'

const HistoryView = lazyPanel(async () => (await import('./history-view.tsx')).HistoryView)

interface TaskHistoryProps extends HistorySource {
  taskId: string
}

export function TaskHistory({taskId, ...source}: TaskHistoryProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details className="panel-history" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        <h3>History</h3>
      </summary>
      {isOpen && <HistoryView subject={{kind: 'task', id: taskId}} {...source} />}
    </details>
  )
}
