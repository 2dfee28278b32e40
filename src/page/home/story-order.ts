/** The order of a list of stories, with the move that the viewer has made and the server has not confirmed. */
import {useRef, useState} from 'react'
import {compareRanks} from '../../client/board.ts'
import type {DashboardStory, StoryPlace} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {type Neighbour, neighbourAt, placeText, presentNeighbour, withIndex} from '../parts/order.ts'
import {isNeighbourDeleted} from '../parts/refused-move.ts'
import {failureText, neighbourDeletedText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRecordAct} from '../undo/record-act.tsx'

export interface StoryOrder {
  stories: DashboardStory[]
  /** The id of the story whose move is not confirmed, or undefined. */
  pendingId: string | undefined
  /** What a screen reader says about the last move, or an empty text. */
  announcement: string
  moveTo(story: DashboardStory, index: number): void
}

interface PendingMove {
  id: string
  index: number
  /** The version of the story after the move. Undefined until the server has responded. */
  version?: number
}

export function useStoryOrder(unordered: readonly DashboardStory[]): StoryOrder {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const record = useRecordAct()
  const [latest, setLatest] = useState<PendingMove>()
  const [announcement, announce] = useState('')
  const sending = useRef<Promise<unknown>>(undefined)
  const ordered = unordered.toSorted(compareRanks)
  const ids = ordered.map(({id}) => id)
  const moved = ordered.find(({id}) => id === latest?.id)
  // The place stays until the event of the move has arrived. Otherwise, the row would return for a moment.
  const pending = moved && !(latest!.version && moved.version >= latest!.version) ? latest : undefined
  const shownIds = pending ? withIndex(ids, pending.id, pending.index) : ids
  const stories = shownIds.map(id => ordered[ids.indexOf(id)]!)
  return {stories, pendingId: pending?.id, announcement, moveTo}

  async function moveTo(story: DashboardStory, index: number): Promise<void> {
    const {id, title} = story
    announce(placeText(title, index, ids.length))
    const neighbour = neighbourAt(shownIds, id, index)
    if (!neighbour) return
    const body = placeBeside(neighbour)
    const present = presentNeighbour(shownIds, id)
    const place = present && placeBeside(present)
    const move: PendingMove = {id, index}
    setLatest(move)
    const before = sending.current
    const answer = (async () => {
      await before?.catch(() => {}) // the earlier move has shown its own warning
      return api.call('PUT /stories/{id}/rank', {params: {id}, body})
    })()
    sending.current = answer
    record(answer.then(after => ({kind: 'story', before: story, after, fields: ['rank'], place})))
    try {
      const {version} = await answer
      setLatest(known => (known === move ? {...move, version} : known))
    } catch (error) {
      setLatest(known => (known === move ? undefined : known))
      const isOfNeighbour = await isNeighbourDeleted(error, 'story', () =>
        api.call('GET /stories/{id}', {params: {id}}),
      )
      showWarning(isOfNeighbour ? neighbourDeletedText('story') : failureText(error, title))
    }
  }
}

function placeBeside(neighbour: Neighbour): StoryPlace {
  return 'afterId' in neighbour ? {after_story_id: neighbour.afterId} : {before_story_id: neighbour.beforeId}
}
