/** Makes the steps of an act, shows why a step failed, and remembers the act, so that the viewer can undo it. */
import {useEffect, useMemo, useRef} from 'react'
import {isProblem} from '../../client/api-client.ts'
import {
  type Backlog,
  type Board,
  type BoardTask,
  type KeptBoard,
  Problem,
  type Task,
} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {isNeighbourDeleted} from '../parts/refused-move.ts'
import {failureText, neighbourDeletedText, notSavedText, savedText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRecordAct} from '../undo/record-act.tsx'
import {actOfSteps, isMove, placeOf, type Step} from './task-moves.ts'

interface RunOptions {
  /** The board that makes the steps. Its methods are the same at every render. */
  kept: Acts
  shownBoard: {readonly current: Board | Backlog | undefined}
  /** Called when another member has taken the task, which the warning says. Default: not called. */
  onTaken?: (taskId: string) => void
}

const doubtMs = 4_000 // after this time, the viewer may doubt that the change was saved

/** Returns a function that makes the steps. The function stays the same while the other options are the same. */
export function useRunSteps({
  kept,
  shownBoard,
  onTaken,
}: RunOptions): (task: BoardTask, steps: Step[]) => void {
  const {api} = useSession()
  const {showNote, showWarning} = useNotes()
  const record = useRecordAct()
  const latest = useRef(kept)
  latest.current = kept
  const isMounted = useRef(true)
  useEffect(() => {
    isMounted.current = true
    return () => {
      isMounted.current = false
    }
  }, [])
  return useMemo(() => {
    const sending = new Set<string>()
    return async (task, steps) => {
      const key = [task.id, ...steps].join()
      // A repeated click. The same move in the order can follow its opposite.
      if (sending.has(key) && steps.every(step => typeof step === 'string')) return
      sending.add(key)
      const startedAt = Date.now()
      const place = steps.some(isMove) ? placeOf(task.id, shownBoard.current) : undefined
      const sent = sendSteps(latest.current, task.id, steps)
      record(sent.then(results => actOfSteps(task, steps, results, place)))
      const results = await sent
      sending.delete(key)
      const failed = results.findIndex(({status}) => status === 'rejected')
      if (failed === -1) {
        if (Date.now() - startedAt > doubtMs) showNote(savedText(task.title))
        return
      }
      const {reason} = results[failed] as PromiseRejectedResult
      // The warning names the member who took the task.
      if (isProblem(reason, 'task-already-owned')) onTaken?.(task.id)
      // A board that is closed does not ask for the outcome of a change whose response is lost.
      const isUnsaved = !(reason instanceof Problem) && isMounted.current
      if (isUnsaved) showWarning(notSavedText(task.title))
      else if (
        isMove(steps[failed]!) &&
        (await isNeighbourDeleted(reason, 'task', () => api.call('GET /tasks/{id}', {params: {id: task.id}})))
      )
        showWarning(neighbourDeletedText('card'))
      else showWarning(failureText(reason, task.title))
    }
  }, [api, shownBoard, onTaken, record, showNote, showWarning])
}

type Acts = Pick<KeptBoard, 'take' | 'release' | 'setStatus' | 'give' | 'editTask' | 'rankTask'>

/** The board shows all steps at once, and they are sent one after another. */
function sendSteps(
  board: Acts,
  taskId: string,
  steps: readonly Step[],
): Promise<PromiseSettledResult<Task>[]> {
  return Promise.allSettled(
    steps.map(step => {
      if (step === 'take') return board.take(taskId)
      if (step === 'release') return board.release(taskId)
      if (typeof step === 'string') return board.setStatus(taskId, step)
      if ('give' in step) return board.give(taskId, step.give)
      return 'edit' in step ? board.editTask(taskId, step.edit) : board.rankTask(taskId, step.rank)
    }),
  )
}
