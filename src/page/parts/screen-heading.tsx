/** The heading of a screen. After the member has gone to another screen, the heading has the focus. */
import {useEffect, useRef} from 'react'
import {openedIn} from './opened.ts'

let hasShownHeading = false // since the page was loaded

/**
 * The element that had the focus before is no longer in the document. Without the focus on the heading, the Tab key would
 * start at the top of the page, and screen readers would not read the new screen. The heading does not take the focus from
 * another element, not when the page is loaded, and not when the address opens a task: the panel of the task takes the
 * focus.
 */
export function ScreenHeading({children: text}: {children: string | undefined}) {
  const heading = useRef<HTMLHeadingElement>(null)
  const isLoading = !text // the name of the screen is not known yet
  useEffect(() => {
    if (isLoading) return
    const isFirst = !hasShownHeading
    hasShownHeading = true
    if (isFirst || openedIn(location.hash).taskId || document.activeElement !== document.body) return
    heading.current!.focus({preventScroll: true})
  }, [isLoading])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {text}
    </h1>
  )
}
