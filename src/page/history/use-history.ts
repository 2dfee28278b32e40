/** The history of a task or sprint, which stays current while the stream of the board delivers its events. */
import {useEffect, useRef, useState} from 'react'
import type {Backlog, Board, BoardEvent} from '../../client/client.ts'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {useNotes} from '../parts/notes.tsx'
import type {Observable} from '../parts/observable.ts'
import {useRefetchSoon} from '../parts/refetch-soon.ts'
import {failureSentence} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {fetchHistory} from './fetch-history.ts'
import {addsToHistory, type HistoryList, withNewest, withOlder} from './history-list.ts'
import type {HistoryOf} from './history-text.ts'

export interface HistorySource {
  board: Board | Backlog
  /** The last event that the stream of the board delivered. */
  latestEvent: Observable<BoardEvent | undefined>
  /** Changes when the stream has not delivered all events. The history is then fetched again. */
  reloads: Observable<number>
}

interface LoadedHistory {
  history: Fetched<HistoryList>
  /** Loads older items. Undefined while they are loading, and when there are none. */
  loadMore: (() => void) | undefined
}

export function useHistory(subject: HistoryOf, {board, latestEvent, reloads}: HistorySource): LoadedHistory {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const [isLoading, setLoading] = useState(false)
  const known = useRef<HistoryList>(undefined)
  const latestBoard = useRef(board)
  latestBoard.current = board
  const {kind, id} = subject
  const fetchPage = (after?: number) =>
    fetchHistory(api, {kind, id}, latestBoard.current, known.current?.titles, after)
  const history = useFetched(id, async () => withNewest(known.current, await fetchPage()))
  known.current = history.value
  const {refetch} = history
  const refetchSoon = useRefetchSoon(history, 300)

  useEffect(() => {
    const stopEvents = latestEvent.subscribe(() => {
      const event = latestEvent.get()
      if (event && addsToHistory({kind, id}, event)) refetchSoon()
    })
    const stopReloads = reloads.subscribe(refetch)
    return () => {
      stopEvents()
      stopReloads()
    }
  }, [kind, id, latestEvent, reloads, refetch, refetchSoon])

  const next = history.value?.next ?? null
  async function loadMore(after: number): Promise<void> {
    setLoading(true)
    try {
      const page = await fetchPage(after)
      history.update(list => withOlder(list, after, page))
    } catch (error) {
      showWarning({title: 'Could not load earlier changes', detail: failureSentence(error)})
    }
    setLoading(false)
  }
  return {history, loadMore: next !== null && !isLoading ? () => void loadMore(next) : undefined}
}
