/** The heading of a screen. After the member has gone to another screen, the heading has the focus. */
import {useEffect, useRef} from 'react'

let shownPath: string | undefined // the path of the last screen whose heading was shown

/**
 * The element that had the focus before is no longer in the document. Without the focus on the heading, the Tab key would
 * start at the top of the page, and screen readers would not read the new screen. The heading does not take the focus from
 * another element, and not when the page is loaded.
 */
export function ScreenHeading({children: text}: {children: string | undefined}) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (!text) return // the name of the screen is still loading
    const isNew = shownPath !== undefined && shownPath !== location.pathname
    shownPath = location.pathname
    if (isNew && document.activeElement === document.body) heading.current!.focus({preventScroll: true})
  }, [text])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {text}
    </h1>
  )
}
