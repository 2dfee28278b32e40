/**
 * Shows a drag: a copy of the card follows the pointer, a line shows where the card will land, and the board scrolls when
 * the pointer is near an edge.
 */
import type {TaskStatus} from '../../client/client.ts'
import {edgeScroll} from '../parts/edge-scroll.ts'
import {type Gap, gapAt} from '../parts/order.ts'
import type {Point} from './drag-gesture.ts'

export interface DragView {
  moveTo(point: Point): void
  end(): void
}

/**
 * Shows the drag until `end` is called. `columns` is the element that contains and scrolls the columns. `onOver` is called
 * in each animation frame with the column below the pointer.
 */
export function showDrag(
  columns: HTMLElement,
  card: HTMLElement,
  start: Point,
  onOver: (status: TaskStatus | undefined) => void,
): DragView {
  const ghost = createGhost(card)
  const line = createLine()
  let point = start
  let frame = 0
  getSelection()?.removeAllRanges()
  card.dataset.dragged = ''
  document.documentElement.dataset.dragging = ''
  follow()
  return {
    moveTo(next) {
      point = next
    },
    end() {
      cancelAnimationFrame(frame)
      ghost.remove()
      line.remove()
      delete card.dataset.dragged
      delete document.documentElement.dataset.dragging
    },
  }

  function follow(): void {
    ghost.style.translate = `${point.x - start.x}px ${point.y - start.y}px`
    scrollNearEdges(columns, point)
    onOver(statusAt(point))
    showLine(line, card, point)
    frame = requestAnimationFrame(follow)
  }
}

/** Returns the status of the column at the point, or undefined when there is no column at the point. */
export function statusAt(point: Point): TaskStatus | undefined {
  return columnAt(point)?.dataset.status as TaskStatus | undefined
}

function columnAt({x, y}: Point): HTMLElement | undefined {
  return document.elementFromPoint(x, y)?.closest<HTMLElement>('.column') ?? undefined
}

/**
 * Returns the place at the point among the cards that are in the document. Returns undefined above the cards, because a
 * card that is dropped on the heading of a column keeps its rank, and in an empty column.
 */
export function cardGapAt(point: Point): Gap | undefined {
  const list = columnAt(point)?.querySelector('.column-cards')
  if (!list || point.y < list.getBoundingClientRect().top) return undefined
  const boxes = [...list.querySelectorAll<HTMLElement>('[data-place]')].map(place => {
    const {top, bottom} = (place.querySelector('.card') ?? place).getBoundingClientRect()
    return {id: place.dataset.place!, top, bottom}
  })
  return gapAt(boxes, point.y)
}

/** Shows the line at the place at the point. Hides the line where the card cannot land. */
function showLine(line: HTMLElement, card: HTMLElement, point: Point): void {
  const column = columnAt(point)
  const gap = column?.dataset.drop === 'forbidden' ? undefined : cardGapAt(point)
  line.hidden = !column || !gap || isOwnPlace(card, column, gap)
  if (line.hidden) return
  const {left, width, top, bottom} = column!.querySelector('.column-cards')!.getBoundingClientRect()
  const y = Math.max(top, Math.min(gap!.y, bottom))
  Object.assign(line.style, {left: `${left + 6}px`, width: `${width - 12}px`, top: `${y}px`})
}

/** Returns whether the card is already directly above or directly below the place. */
function isOwnPlace(card: HTMLElement, column: HTMLElement, {beforeId}: Gap): boolean {
  if (!column.contains(card)) return false
  const next = card.closest('[data-place]')?.nextElementSibling as HTMLElement | null | undefined
  return beforeId === card.dataset.task || beforeId === (next?.dataset.place ?? null)
}

function createLine(): HTMLElement {
  const line = document.createElement('div')
  line.className = 'drop-line'
  line.ariaHidden = 'true'
  line.hidden = true
  document.body.append(line)
  return line
}

function scrollNearEdges(columns: HTMLElement, point: Point): void {
  const {left, right} = columns.getBoundingClientRect()
  columns.scrollLeft += edgeScroll(point.x, Math.max(left, 0), Math.min(right, innerWidth))
  const list = columnAt(point)?.querySelector('.column-cards')
  if (!list) return
  const {top, bottom} = list.getBoundingClientRect()
  list.scrollTop += edgeScroll(point.y, Math.max(top, 0), Math.min(bottom, innerHeight))
}

/** Adds a copy of the card to the document, at the place of the card. The copy does not react to the pointer. */
function createGhost(card: HTMLElement): HTMLElement {
  const {left, top, width} = card.getBoundingClientRect()
  const ghost = card.cloneNode(true) as HTMLElement
  delete ghost.dataset.task // a search for the card must not find the copy
  ghost.classList.add('drag-ghost')
  ghost.inert = true
  ghost.ariaHidden = 'true'
  Object.assign(ghost.style, {left: `${left}px`, top: `${top}px`, width: `${width}px`})
  document.body.append(ghost)
  return ghost
}
