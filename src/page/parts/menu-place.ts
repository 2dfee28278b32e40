/** Finds the place of a menu next to the element that opened it. All numbers are CSS pixels. */

interface Size {
  width: number
  height: number
}

interface Place {
  left: number
  top: number
  maxHeight: number
}

const marginPx = 8 // minimum distance to the edge of the window
const gapPx = 4

/**
 * Returns the place of the menu, relative to the window. The menu is below, above or beside the anchor. The menu never
 * covers the anchor, because the second click of a double click would then choose an item. A menu that fits nowhere scrolls.
 */
export function menuPlace(
  anchor: Pick<DOMRect, 'left' | 'top' | 'right' | 'bottom'>,
  menu: Size,
  window: Size,
): Place {
  const above = anchor.top - gapPx - marginPx
  const below = window.height - marginPx - anchor.bottom - gapPx
  // The right edge of an anchor at the edge of a column may be outside the window.
  const left = anchor.right > window.width ? anchor.right - menu.width : anchor.left
  const inside = Math.max(marginPx, Math.min(left, window.width - menu.width - marginPx))
  const isBelow = menu.height <= below
  if (isBelow || menu.height <= above) {
    const top = isBelow ? anchor.bottom + gapPx : anchor.top - gapPx - menu.height
    return {left: inside, top, maxHeight: isBelow ? below : above}
  }

  const maxHeight = window.height - 2 * marginPx
  const top = Math.max(marginPx, Math.min(anchor.top, window.height - marginPx - menu.height))
  const right = anchor.right + gapPx
  if (right + menu.width <= window.width - marginPx) return {left: right, top, maxHeight}
  if (anchor.left - gapPx - menu.width >= marginPx)
    return {left: anchor.left - gapPx - menu.width, top, maxHeight}

  return below >= above
    ? {left: inside, top: anchor.bottom + gapPx, maxHeight: below}
    : {left: inside, top: marginPx, maxHeight: above}
}
