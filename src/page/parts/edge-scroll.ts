const edgePx = 56
const maxSpeed = 18 // pixels per animation frame

/**
 * Returns by how many pixels an area must scroll in this animation frame when a card is dragged at `position`. The area
 * is between `start` and `end`. The result is negative near the start, positive near the end, and otherwise 0.
 */
export function edgeScroll(position: number, start: number, end: number): number {
  const edge = Math.min(edgePx, (end - start) / 4)
  const before = start + edge - position
  const after = position - (end - edge)
  if (before > 0) return -Math.ceil((maxSpeed * Math.min(before, edge)) / edge)
  return after > 0 ? Math.ceil((maxSpeed * Math.min(after, edge)) / edge) : 0
}
