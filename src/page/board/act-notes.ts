/** Shows notes about other members' acts. */
import {useMemo} from 'react'
import {useNotes} from '../parts/notes.tsx'
import {actText} from './act-text.ts'
import {addChange, type Change, type Group} from './acts.ts'

interface ActNotes {
  showChange(change: Change): void
  /**
   * Prevents the note that another member took this task, or removes it. Call this method when a warning names the
   * member who took the task before the viewer could take it.
   */
  omitTaking(taskId: string): void
}

export function useActNotes(): ActNotes {
  const {showNote, hideNote} = useNotes()
  return useMemo(() => {
    let groups: readonly Group[] = []
    let omittedTaskId: string | undefined
    const isTaking = (change: Change, taskId: string | undefined) =>
      change.type === 'ownership_taken' && change.targetId === taskId
    return {
      showChange(change) {
        // When a member takes the task the next time, a note is shown.
        if (isTaking(change, omittedTaskId)) {
          omittedTaskId = undefined
          return
        }
        const added = addChange(groups, change, Date.now())
        groups = added.groups
        if (added.group) showNote(actText(added.group.changes), {key: added.group.key})
      },
      omitTaking(taskId) {
        const shown = groups.find(({changes}) => changes.every(change => isTaking(change, taskId)))
        omittedTaskId = shown ? undefined : taskId
        if (!shown) return
        groups = groups.filter(group => group !== shown)
        hideNote(shown.key)
      },
    }
  }, [showNote, hideNote])
}
