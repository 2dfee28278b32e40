import test from 'ava'
import {type Gesture, idle, nextGesture, type PointerInput} from '../../../src/page/board/drag-gesture.ts'

const press = {type: 'press', taskId: 'Fuel', pointerId: 1, isTouch: false, x: 100, y: 100} as const
const tap = {...press, isTouch: true}
const moveTo = (x: number, y = 100, pointerId = 1) => ({type: 'move', pointerId, x, y}) as const
const longPress = {type: 'long-press'} as const
const after = (...inputs: PointerInput[]): Gesture => inputs.reduce(nextGesture, idle)

test('a mouse drags a card after it has moved a few pixels', t => {
  t.is(after(press).name, 'pressed')
  t.is(after(press, moveTo(103)).name, 'pressed')
  t.deepEqual(after(press, moveTo(103), moveTo(110, 90)), {
    name: 'dragging',
    taskId: 'Fuel',
    pointerId: 1,
    isTouch: false,
    startX: 100,
    startY: 100,
    x: 110,
    y: 90,
  })
})

test('a finger drags a card only after a long press, and otherwise scrolls', t => {
  t.is(after(tap, moveTo(100, 130)).name, 'idle')
  t.is(after(tap, moveTo(100, 130), longPress).name, 'idle')
  t.is(after(tap, moveTo(104), longPress).name, 'dragging')
  t.is(after(press, longPress).name, 'pressed', 'a mouse has no long press')
})

test('a drag ends when its pointer is released, on Escape, and when a second finger touches the board', t => {
  const dragging = [press, moveTo(120)] as const
  t.is(after(...dragging, {type: 'end', pointerId: 2}).name, 'dragging')
  t.is(after(...dragging, {type: 'end', pointerId: 1}).name, 'idle')
  t.is(after(...dragging, {type: 'cancel'}).name, 'idle')
  t.is(after(tap, longPress, {...tap, pointerId: 2}).name, 'idle')
})

test('the movements of another pointer do not move the card', t => {
  const gesture = after(press, moveTo(120), moveTo(500, 500, 2))
  t.is(gesture.name === 'dragging' && gesture.x, 120)
})
