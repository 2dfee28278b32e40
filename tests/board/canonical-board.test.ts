import {readFileSync} from 'node:fs'
import test from 'ava'
import {boardSchema} from '../../src/board/board.ts'
import {canonicalBoard, encodeBoard} from '../../src/board/canonical-board.ts'
import {digestOf as digestOfClient} from '../../src/client/board-digest.ts'
import {digestInTurns, digestOf} from '../../src/store/board-digest.ts'

const file = readFileSync(new URL('../vectors/board-digest.jsonl', import.meta.url), 'utf8')
const vectors = file
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line))

test('the boards of the test vectors have the canonical texts and the digests of the vectors, on the server and on the client', async t => {
  t.true(vectors.length > 0)
  for (const {board, canonical, digest} of vectors) {
    t.is(canonicalBoard(board), canonical)
    t.is(digestOf(board), digest)
    t.is(await digestInTurns(board), digest)
    t.is(await digestOfClient(board), digest)
  }
})

test('the boards of the test vectors have exactly the fields that the server sends', t => {
  const content = boardSchema.pick({sprint: true, stories: true})
  for (const {board} of vectors) t.deepEqual<unknown, unknown>(content.parse(board), board)
})

test('descriptions of stories and tasks and the checklists of tasks do not change the digest', t => {
  const [, without, withDescriptions] = vectors
  t.is(withDescriptions.board.stories[0].tasks[0].description, 'Open the valve.')
  t.is(withDescriptions.board.stories[0].tasks[0].checklist.length, 1)
  t.is(withDescriptions.digest, without.digest)
})

test('when a board has many tasks, other work runs while the board is encoded, and the text is the same', async t => {
  const {sprint, stories} = vectors[1].board
  const tasks = Array.from({length: 1_000}, (_, index) => ({...stories[0].tasks[0], id: `task ${index}`}))
  const board = {sprint, stories: [{...stories[0], tasks}]}
  let pauses = 0
  const texts = await encodeBoard(board, async () => pauses++)
  t.is(pauses, 4)
  t.is(texts.size, 1_001)
  t.is(canonicalBoard(board, texts), canonicalBoard(board))
})
