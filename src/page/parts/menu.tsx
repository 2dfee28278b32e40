/** A menu next to the element that opened the menu. The menu works with a pointer and with the keyboard. */
import {type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef} from 'react'
import {addStyles} from './late-styles.ts'
import styles from './menu.css?inline'
import {menuPlace} from './menu-place.ts'
import {TickIcon} from './more-icons.tsx'

addStyles(styles)

export interface MenuItem {
  /** Identifies the item in the menu. Default: the label. */
  id?: string
  label: string
  icon?: ReactNode
  isDisabled?: boolean
  /** Whether the item stands for what the page shows. Its icon is then a tick. */
  isCurrent?: boolean
  /** The heading above this item. The heading applies to all items before the next heading. */
  heading?: string
  tone?: 'danger'
  /** The address of a file. The item is then a link that saves the file. */
  download?: string
  /** Not called for a download. */
  onSelect?(): void
}

interface MenuProps {
  label: string
  /** The name of the thing that the menu changes. */
  title: string
  /**
   * Returns the element that opened the menu, or the element that has replaced it. The menu is next to this element, and
   * the element gets the focus when the menu closes. When `findAnchor` returns undefined, the menu closes.
   */
  findAnchor(): HTMLElement | undefined
  items: MenuItem[]
  onClose(): void
}

export function Menu({label, title, findAnchor, items, onClose}: MenuProps) {
  const menu = useRef<HTMLDivElement>(null)
  const place = useRef<DOMRect>(undefined)

  // The anchor may have moved, so the menu is placed again after each render.
  useLayoutEffect(() => {
    const {style} = menu.current!
    const anchor = findAnchor()
    if (!anchor) return onClose()
    place.current = anchor.getBoundingClientRect()
    style.maxHeight = 'none'
    const {offsetWidth: width, offsetHeight: height} = menu.current!
    const {left, top, maxHeight} = menuPlace(
      place.current,
      {width, height},
      {width: innerWidth, height: innerHeight},
    )
    Object.assign(style, {left: `${left}px`, top: `${top}px`, maxHeight: `${maxHeight}px`})
  })

  // Focus the first item when the menu opens. When the task changes and the focused item disappears, also focus the
  // first item.
  useLayoutEffect(() => {
    const items = itemsOf(menu.current!)
    if (!items.includes(document.activeElement as HTMLElement)) (items[0] ?? menu.current!).focus()
  })

  const latestAnchor = useRef(findAnchor)
  latestAnchor.current = findAnchor
  useEffect(() => {
    const stop = new AbortController()
    const close = ({target}: Event) => {
      const anchor = latestAnchor.current()
      // The click on a menu button closes the menu. If the press closed the menu, the click would open it again.
      const isMenuButton = anchor?.hasAttribute('aria-haspopup') && anchor.contains(target as Node)
      if (!isMenuButton && !menu.current?.contains(target as Node)) onClose()
    }
    addEventListener('pointerdown', close, {signal: stop.signal})
    addEventListener('resize', onClose, {signal: stop.signal})
    addEventListener('scroll', closeWhenMoved, {signal: stop.signal, capture: true})
    return () => stop.abort()

    function closeWhenMoved(): void {
      const {left, top} = latestAnchor.current()?.getBoundingClientRect() ?? {}
      if (left !== place.current?.left || top !== place.current?.top) onClose()
    }
  }, [onClose])

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault()
      event.stopPropagation()
      onClose()
      findAnchor()?.focus()
      return
    }
    const all = itemsOf(menu.current!)
    const current = all.indexOf(document.activeElement as HTMLElement)
    const next = {
      ArrowDown: (current + 1) % all.length,
      ArrowUp: (current - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    all[next]?.focus()
  }

  function choose(onSelect?: () => void) {
    onClose()
    findAnchor()?.focus()
    onSelect?.()
  }

  return (
    <div ref={menu} className="menu" role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
      <p className="menu-title" role="presentation">
        {title}
      </p>
      {items.map(({id, label, icon, isDisabled, isCurrent, heading, tone, download, onSelect}) => (
        <div key={id ?? label} role="none">
          {heading && (
            <p className="menu-heading" role="presentation">
              {heading}
            </p>
          )}
          {download ? (
            <a role="menuitem" tabIndex={-1} href={download} download onClick={() => choose()}>
              {icon}
              <span>{label}</span>
            </a>
          ) : (
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-tone={tone}
              disabled={isDisabled}
              aria-current={isCurrent || undefined}
              onClick={() => choose(onSelect)}
            >
              {isCurrent ? <TickIcon /> : icon}
              <span>{label}</span>
            </button>
          )}
        </div>
      ))}
    </div>
  )
}

function itemsOf(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)')]
}
