/** Keeps the rows of a list at their places while the viewer drags one of them. */
import {useLayoutEffect, useRef} from 'react'
import type {DashboardStory} from '../../client/client.ts'

export interface Row {
  story: DashboardStory
  /** True when the story has left the list, and its place is kept. */
  isGone: boolean
}

/** Returns the rows of a list that is held. The shown rows keep their order, and new rows are appended. */
export function heldRows(shown: readonly Row[], stories: readonly DashboardStory[]): Row[] {
  const current = new Map(stories.map(story => [story.id, story]))
  const kept = shown.map(({story}) => ({
    story: current.get(story.id) ?? story,
    isGone: !current.has(story.id),
  }))
  for (const {story} of shown) current.delete(story.id)
  return [...kept, ...rowsOf([...current.values()])]
}

export function useHeldRows(stories: readonly DashboardStory[], isHeld: boolean): Row[] {
  const shown = useRef<readonly Row[]>([])
  const rows = isHeld ? heldRows(shown.current, stories) : rowsOf(stories)
  useLayoutEffect(() => {
    shown.current = rows
  })
  return rows
}

function rowsOf(stories: readonly DashboardStory[]): Row[] {
  return stories.map(story => ({story, isGone: false}))
}
