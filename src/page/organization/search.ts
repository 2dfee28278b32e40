/** Searches tasks, stories and comments while the member types. */
import {useEffect, useRef, useState} from 'react'
import {type ApiClient, isProblem} from '../../client/api-client.ts'
import type {SearchResult} from '../../client/client.ts'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {useSession} from '../session/session.tsx'
import {matchingResults} from './matching-results.ts'

const typingMs = 150 // a pause of this length is the end of a word
const tooShort = /^[a-z\d]?$/i // a single letter finds too much, but a word of some languages has one character

export interface Search {
  /** Empty when the text is too short. Until the response arrives, the matching results of the text before. */
  results: readonly SearchResult[]
  /** The text when there are no results. Empty when the search has failed. */
  emptyText: string
  fetched: Fetched<readonly SearchResult[]>
}

/** `projectId` is the only project to search. Undefined searches all projects. */
export function useSearch(text: string, projectId?: string): Search {
  const [query, setQuery] = useState('')
  const last = useRef<readonly SearchResult[]>([])
  const {api} = useSession()
  const typed = text.trim().slice(0, 200)
  const wanted = tooShort.test(typed) ? '' : typed
  useEffect(() => {
    const timer = setTimeout(() => setQuery(wanted), wanted === '' ? 0 : typingMs)
    return () => clearTimeout(timer)
  }, [wanted])
  // Responses to an earlier query are dropped.
  const fetched = useFetched(query !== '' && `${projectId} ${query}`, () => search(api, query, projectId))
  if (fetched.value) last.current = fetched.value
  if (wanted === '') last.current = []
  const isSearching = wanted !== query || (query !== '' && fetched.value === undefined)
  const emptyText = fetched.error !== undefined ? '' : isSearching ? 'Searching…' : noResultsText(typed)
  const results = isSearching ? matchingResults(last.current, wanted) : last.current
  return {results, emptyText, fetched}
}

function noResultsText(typed: string): string {
  if (typed === '') return 'Type to search.'
  return tooShort.test(typed)
    ? 'Type at least two characters.'
    : 'No task, story or comment contains these words.'
}

async function search(api: ApiClient, q: string, project_id?: string): Promise<readonly SearchResult[]> {
  try {
    return (await api.call('GET /search', {query: {q, project_id, limit: 30}})).items
  } catch (error) {
    if (isProblem(error, 'query-without-words') || isProblem(error, 'query-too-long')) return []
    throw error
  }
}
