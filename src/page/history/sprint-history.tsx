import type {Board} from '../../client/client.ts'
import {Dialog} from '../parts/dialog.tsx'
import {HistoryView} from './history-view.tsx'
import type {HistorySource} from './use-history.ts'

interface SprintHistoryProps extends HistorySource {
  board: Board
  onClose(): void
}

export function SprintHistory({onClose, ...source}: SprintHistoryProps) {
  const {id, name} = source.board.sprint
  return (
    <Dialog title={`History of ${name}`} onClose={onClose}>
      <HistoryView subject={{kind: 'sprint', id}} {...source} />
    </Dialog>
  )
}
