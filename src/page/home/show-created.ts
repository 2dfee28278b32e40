/** Scrolls to what the viewer has created on the dashboard, unfolds it, and highlights it. */
import {useEffect, useState} from 'react'
import {highlight} from '../parts/highlight.ts'
import {type Created, useCreated} from '../session/created.ts'
import {useSession} from '../session/session.tsx'

/** The component must render again when the created thing is on the page. Elements have the id in `data-thing`. */
export function useShowCreated(): void {
  const {created} = useSession()
  const [unseen, setUnseen] = useState<Created>()
  useCreated(created, setUnseen)

  useEffect(() => {
    const element = unseen && document.querySelector<HTMLElement>(`[data-thing="${CSS.escape(unseen.id)}"]`)
    if (!element) return
    setUnseen(undefined)
    highlight(element)
  })
}
