/**
 * The gesture that drags a card, as a pure function of the events of a pointer:
 *
 *   idle ── press ──► pressed ── move far (mouse), long press (touch) ──► dragging ── end ──► idle
 *
 * A finger that moves before the long press scrolls the board, so the gesture ends. A second press also ends the gesture.
 */

export interface Point {
  /** CSS pixels from the left and from the top of the viewport. */
  x: number
  y: number
}

interface Pressed extends Point {
  taskId: string
  pointerId: number
  isTouch: boolean
}

export type Gesture =
  | {name: 'idle'}
  | ({name: 'pressed'} & Pressed)
  /** `startX` and `startY` are the point where the card was pressed. */
  | ({name: 'dragging'; startX: number; startY: number} & Pressed)

export type PointerInput =
  | ({type: 'press'} & Pressed)
  | ({type: 'move'; pointerId: number} & Point)
  | {type: 'long-press'}
  /** The pointer was released, or the browser uses the pointer for scrolling. */
  | {type: 'end'; pointerId: number}
  | {type: 'cancel'}

export const idle: Gesture = {name: 'idle'}

export const longPressMs = 350
const dragThresholdPx = 5
const touchThresholdPx = 10 // a finger that rests moves by some pixels

export function nextGesture(gesture: Gesture, input: PointerInput): Gesture {
  switch (input.type) {
    case 'press': {
      const {type, ...pressed} = input
      return gesture.name === 'idle' ? {name: 'pressed', ...pressed} : idle
    }
    case 'move': {
      if (gesture.name === 'idle' || gesture.pointerId !== input.pointerId) return gesture
      const {x, y} = input
      if (gesture.name === 'dragging') return {...gesture, x, y}
      const distance = Math.hypot(x - gesture.x, y - gesture.y)
      if (gesture.isTouch) return distance > touchThresholdPx ? idle : gesture
      return distance < dragThresholdPx ? gesture : {...dragging(gesture), x, y}
    }
    case 'long-press':
      return gesture.name === 'pressed' && gesture.isTouch ? dragging(gesture) : gesture
    case 'end':
      return gesture.name !== 'idle' && gesture.pointerId === input.pointerId ? idle : gesture
    case 'cancel':
      return idle
  }
}

function dragging(pressed: Gesture & {name: 'pressed'}): Gesture & {name: 'dragging'} {
  return {...pressed, name: 'dragging', startX: pressed.x, startY: pressed.y}
}
