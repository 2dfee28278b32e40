/**
 * The longest time in milliseconds before a client fetches a board again after `board.imported`. Each client waits a random
 * part of it. An import appends an event for each of its batches. All who watch the board would otherwise fetch it at once,
 * and again for each batch.
 */
export const importJitterMs = 2_000
