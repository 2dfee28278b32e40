/** Shows on the board what the viewer has created. Where a filter or the view hides it, a note offers to show it. */
import {useEffect, useState} from 'react'
import {findTask} from '../../client/board.ts'
import type {Board} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {hiddenTaskText, unseenStoryText} from '../parts/words.ts'
import {type Created, useCreated} from '../session/created.ts'
import {useSession} from '../session/session.tsx'

interface BoardView {
  board: Board
  /** Whether the view shows the card of this task. */
  isTaskShown(taskId: string): boolean
  /** Whether the view shows the story. */
  isStoryShown(storyId: string): boolean
  /** Scrolls to the task or story, and highlights it. */
  reveal(created: Created): void
  /** Changes the view so that it shows everything of this kind. */
  showAll(kind: Created['kind']): void
}

export function useShowCreated({board, isTaskShown, isStoryShown, reveal, showAll}: BoardView): void {
  const {created} = useSession()
  const {showNote} = useNotes()
  const [unseen, setUnseen] = useState<Created>()
  const [wanted, setWanted] = useState<Created>()
  useCreated(created, setUnseen)

  // The event may arrive after the response.
  useEffect(() => {
    if (!unseen) return
    const subject = subjectOf(board, unseen)
    if (subject === undefined) return
    setUnseen(undefined)
    if (isShown(unseen)) return setWanted(unseen)
    showNote((unseen.kind === 'task' ? hiddenTaskText : unseenStoryText)(subject), {
      action: {
        label: 'Show',
        run() {
          showAll(unseen.kind)
          setWanted(unseen)
        },
      },
    })
  })

  useEffect(() => {
    if (!wanted || !isShown(wanted)) return
    setWanted(undefined)
    reveal(wanted)
  })

  function isShown({kind, id}: Created): boolean {
    return kind === 'task' ? isTaskShown(id) : isStoryShown(id)
  }
}

/** Returns undefined when the board does not contain the task or story. */
function subjectOf(board: Board, {kind, id}: Created): string | undefined {
  if (kind === 'task') return findTask(board, id)?.title
  return kind === 'story' ? board.stories.find(story => story.id === id)?.title : undefined
}
