// Tests that keepBoard compares its board with the server's checkpoints.
import type {ServerResponse} from 'node:http'
import test, {type ExecutionContext} from 'ava'
import {sprintSchema} from '../../src/board/sprint.ts'
import {storySchema} from '../../src/board/story.ts'
import {taskSchema} from '../../src/board/task.ts'
import {digestOf} from '../../src/client/board-digest.ts'
import {type Divergence, type Fetch, keepBoard, type Verification} from '../../src/client/client.ts'
import {digestOf as serverDigestOf} from '../../src/store/board-digest.ts'
import {requireSameBoard} from '../helpers/same-board.ts'
import {cursor, frame, json, live, startScriptedServer} from '../helpers/scripted-server.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

let server: Server

test.before(async () => {
  server = await startServer({live: {limits: {checkpointIdleMs: 100, checkpointIntervalMs: 100}}})
})
test.after.always(() => server.close())

/** Changes a board that the server has sent. The first story has two tasks. */
type Corruption = [what: string, corrupt: (board: any) => void]

// A board from the server has neither descriptions nor checklists, so the digest does not cover them.
const omitted = ['description', 'links', 'checklist']

const firstTask = (board: any) => board.stories[0].tasks[0]

const kinds: Record<string, Corruption[]> = {
  'a field of the sprint': fieldsOf('sprint', sprintSchema.shape, board => board.sprint),
  'a field of a story': fieldsOf('story', storySchema.shape, board => board.stories[0]),
  'a field of a task': fieldsOf('task', taskSchema.shape, firstTask),
  'its tasks, its stories or their order': [
    ['a missing task', ({stories}) => stories[0].tasks.pop()],
    ['another task', board => board.stories[0].tasks.push({...firstTask(board), id: 'another'})],
    ['a task in another story', ({stories}) => stories[1].tasks.unshift(stories[0].tasks.pop())],
    ['another order of the tasks', ({stories}) => stories[0].tasks.reverse()],
    ['a missing story', ({stories}) => stories.shift()],
    ['another story', ({stories}) => stories.push({...stories[0], id: 'another'})],
    ['another order of the stories', ({stories}) => stories.reverse()],
  ],
}

/** Each field of a schema that the digest covers becomes a corruption. */
function fieldsOf(what: string, shape: object, find: (board: any) => any): Corruption[] {
  const names = Object.keys(shape).filter(name => !omitted.includes(name))
  return [
    ...names.map(
      (name): Corruption => [
        `${what}.${name}`,
        board => {
          find(board)[name] = otherThan(find(board)[name])
        },
      ],
    ),
    ...names.map((name): Corruption => [`no ${what}.${name}`, board => delete find(board)[name]]),
  ]
}

function otherThan(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  return Array.isArray(value) ? [...value, 'x'] : `${value ?? ''}x`
}

/** Corrupts the first board that the server sends. */
function corruptFirst(corrupt: (board: unknown) => void): Fetch {
  let isFirst = true
  return async (url, init) => {
    const response = await fetch(url, init as RequestInit)
    if (!isFirst || !url.endsWith('/board')) return response
    isFirst = false
    const board = await response.json()
    corrupt(board)
    return Response.json(board)
  }
}

// All boards at once would take so long on a busy machine that some clients fetch their boards again, uncorrupted.
for (const [what, corruptions] of Object.entries(kinds)) {
  test.serial(
    `a board that is wrong in ${what} is found at the first checkpoint, fetched again and reported`,
    async t => {
      const {ada, bob, sprint, story, project} = await server.team(what)
      await ada.post(`/stories/${story.id}/tasks`, {title: 'Second', acceptance_criteria_refs: ['AC-1']})
      const {body: other} = await ada.post(`/projects/${project.id}/stories`, {
        title: 'Other',
        sprint_id: sprint.id,
      })
      const {body: changed} = await ada.post(`/stories/${other.id}/tasks`, {title: 'Changed'})
      const token = await server.tokenFor({sub: 'ada', org: what, role: 'viewer'})
      const kept = corruptions.map(([what, corrupt]) => {
        const divergences: Divergence[] = []
        const board = keepBoard({
          url: server.url,
          getToken: () => token,
          fetch: corruptFirst(corrupt),
          sprintId: sprint.id,
          onDivergence: divergence => divergences.push(divergence),
          onVerified: () => t.is(divergences.length, 1, `${what} was not found`),
        })
        t.teardown(() => board.close())
        return {what, board, divergences}
      })
      await until(() => kept.every(({board}) => board.isConnected))
      const {headers} = await bob.put(`/tasks/${changed.id}/ownership`)
      await until(() => kept.every(({divergences, board}) => divergences.length > 0 && board.isConnected))
      const reports = () =>
        server.log.filter(
          ({msg, sprint_id}) => msg === 'a client has reported a wrong board' && sprint_id === sprint.id,
        )
      await until(() => reports().length === corruptions.length)
      const {body: fresh} = await ada.get(`/sprints/${sprint.id}/board`)
      for (const {what, board, divergences} of kept) {
        const [{cursor, sprint_id, expected, actual}] = divergences as [Divergence]
        t.deepEqual([sprint_id, cursor, expected], [sprint.id, headers.get('event-id'), fresh.digest], what)
        t.true(
          reports().some(report => report.actual === actual),
          what,
        )
        t.notThrows(() => requireSameBoard(board.board, fresh), what)
      }
      t.is(new Set(kept.map(({divergences}) => divergences[0]!.actual)).size, corruptions.length)

      await bob.delete(`/tasks/${changed.id}/ownership`)
      await until(() => kept.every(({board}) => board.verified))
      t.true(kept.every(({divergences}) => divergences.length === 1))
    },
  )
}

test('a board with pending changes of the member, and with descriptions from events, is verified', async t => {
  const {ada, task, sprint} = await server.team('verified')
  const token = await server.tokenFor({sub: 'ada', org: 'verified', role: 'member'})
  const verifications: Verification[] = []
  const kept = keepBoard({
    url: server.url,
    getToken: () => token,
    sprintId: sprint.id,
    onVerified: verification => verifications.push(verification),
    onDivergence: divergence => t.fail(JSON.stringify(divergence)),
  })
  t.teardown(() => kept.close())
  await until(() => kept.isConnected && kept.me)
  await kept.take(task.id)
  await ada.patch(`/tasks/${task.id}`, {title: 'New', description: 'A text'})
  await until(() => kept.board!.stories[0]!.tasks[0]!.description === 'A text')
  const before = verifications.length
  await until(() => verifications.length > before)
  t.is(kept.verified, verifications.at(-1))
  t.true(kept.verified!.at instanceof Date)
})

const at = '2026-03-02T09:30:00.125Z'
const content = (name: string) => ({sprint: {id: 's', version: 1, name}, stories: []})
const rightDigest = serverDigestOf(content('right') as never)
const wrongDigest = 'f'.repeat(64)
const checkpoint = (seq: number, digest: string, timestamp = at) =>
  `id:${cursor(seq)}\ndata:${JSON.stringify({type: 'stream.checkpoint', timestamp, cursor: cursor(seq), digest})}\n\n`

/**
 * Starts keepBoard for a board at the cursor 1. The test sends the blocks of the stream. `later` is the board of the later
 * fetches.
 */
async function keepScripted(t: ExecutionContext, later = {name: 'right', seq: 1}) {
  let open: ServerResponse | undefined
  let boards = 0
  const scripted = await startScriptedServer(
    [
      (res, req) => {
        open = res
        live(1)(res, req)
      },
    ],
    (res, req) => {
      const {name, seq} = boards > 0 ? later : {name: 'right', seq: 1}
      if (req.url!.endsWith('/board')) {
        boards++
        json(res, 200, {...content(name), members: [], cursor: cursor(seq)})
      } else json(res, 200, {user_id: 'ada', name: 'Ada'})
    },
  )
  const divergences: Divergence[] = []
  const verifications: Verification[] = []
  const resets: string[] = []
  const statuses: string[] = []
  const kept = keepBoard({
    url: scripted.url,
    sprintId: 's',
    onReset: ({reason}) => resets.push(reason),
    onStatus: status => statuses.push(status),
    onVerified: verification => verifications.push(verification),
    onDivergence: divergence => divergences.push(divergence),
  })
  t.teardown(async () => {
    kept.close()
    await scripted.close()
  })
  await until(() => kept.isConnected && kept.me)
  const countOf = (call: string) => scripted.calls.filter(made => made === call).length
  return {
    kept,
    divergences,
    verifications,
    resets,
    statuses,
    send: (...blocks: string[]) => open!.write(blocks.join('')),
    fetches: () => countOf('GET /sprints/s/board'),
    reports: () => countOf('POST /divergences'),
  }
}

test('a checkpoint is compared with the board at its cursor, even when later events arrive during the comparison', async t => {
  const {kept, verifications, divergences, send} = await keepScripted(t)
  const sprint = {id: 's', version: 2, name: 'later'}
  const update = `id:${cursor(3)}\ndata:${JSON.stringify({type: 'sprint.updated', timestamp: at, sprint_id: 's', sprint})}\n\n`
  send(checkpoint(2, rightDigest), update)
  await until(() => verifications.length > 0)
  t.deepEqual(verifications, [{at: new Date(at)}])
  t.deepEqual(divergences, [])
  t.is(kept.cursor, cursor(3))
  t.is(kept.board!.sprint.name, 'later')
})

test('a checkpoint with the cursor of the last event is compared, and a checkpoint that is older than the board is not', async t => {
  const {kept, verifications, divergences, send} = await keepScripted(t)
  send(checkpoint(1, rightDigest), frame.heartbeat(5), checkpoint(4, wrongDigest), checkpoint(5, rightDigest))
  await until(() => verifications.length === 2)
  t.deepEqual(divergences, [])
  t.is(kept.cursor, cursor(5))
})

const imported = (seq: number) =>
  `id:${cursor(seq)}\ndata:${JSON.stringify({type: 'board.imported', timestamp: at, project_id: 'p', sprint_id: 's'})}\n\n`

test('a checkpoint that arrives while an imported board is fetched is not compared with the board before the import', async t => {
  const {kept, verifications, divergences, send, fetches, reports} = await keepScripted(t, {
    name: 'imported',
    seq: 4,
  })
  const importedDigest = serverDigestOf(content('imported') as never)
  send(imported(2), checkpoint(3, importedDigest))
  await until(() => fetches() === 2 && kept.board!.sprint.name === 'imported')
  send(checkpoint(5, importedDigest))
  await until(() => verifications.length > 0)
  t.deepEqual([divergences, reports(), fetches()], [[], 0, 2])
})

test('the status stays live while imported boards are fetched', async t => {
  const {kept, statuses, send, fetches} = await keepScripted(t, {name: 'imported', seq: 2})
  send(imported(2), imported(3))
  await until(() => fetches() === 3)
  t.deepEqual(statuses, ['live'])
  send(frame.reset(4))
  await until(() => statuses.length === 3)
  t.deepEqual(statuses, ['live', 'reconnecting', 'live'])
  t.true(kept.isConnected)
})

test('a reset is reported when it arrives while a checkpoint is compared with a wrong board', async t => {
  const {kept, divergences, resets, send} = await keepScripted(t, {name: 'right', seq: 3})
  send(checkpoint(2, wrongDigest), frame.reset(3))
  await until(() => resets.length > 0 && divergences.length > 0 && kept.isConnected)
  t.deepEqual(resets, ['expired'])
})

test('when a fresh board is wrong again and again, the client stops fetching and reporting until a checkpoint is equal', async t => {
  const {kept, verifications, divergences, send, fetches, reports} = await keepScripted(t)
  for (const [index, seq] of [2, 3, 4].entries()) {
    send(checkpoint(seq, wrongDigest))
    await until(() => reports() === index + 1 && fetches() === index + 2 && kept.isConnected)
    t.is(kept.verified, undefined)
  }
  send(checkpoint(5, wrongDigest), checkpoint(6, wrongDigest), checkpoint(7, rightDigest))
  await until(() => verifications.length > 0)
  t.is(divergences.length, 3)
  send(checkpoint(8, wrongDigest))
  await until(() => reports() === 4 && fetches() === 5)
  t.deepEqual(divergences.at(-1), {
    sprint_id: 's',
    cursor: cursor(8),
    expected: wrongDigest,
    actual: rightDigest,
  })
})

test('a client that has stopped fetching a wrong board fetches it again after ten minutes, for example when the server was updated', async t => {
  const {kept, divergences, send, fetches, reports} = await keepScripted(t)
  for (const [index, seq] of [2, 3, 4].entries()) {
    send(checkpoint(seq, wrongDigest))
    await until(() => reports() === index + 1 && fetches() === index + 2 && kept.isConnected)
  }
  send(checkpoint(5, wrongDigest, '2026-03-02T09:40:00.124Z'))
  send(checkpoint(6, wrongDigest, '2026-03-02T09:40:00.125Z'))
  await until(() => divergences.length === 4)
  t.is(divergences[3]!.cursor, cursor(6))
  await until(() => reports() === 4 && fetches() === 5 && kept.isConnected)
  send(checkpoint(7, wrongDigest, '2026-03-02T09:50:00.124Z'))
  send(checkpoint(8, wrongDigest, '2026-03-02T09:50:00.125Z'))
  await until(() => divergences.length === 5)
  t.is(divergences[4]!.cursor, cursor(8))
})

test('without crypto.subtle, a board has no digest', async t => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!
  Object.defineProperty(globalThis, 'crypto', {value: {}, configurable: true})
  const digest = digestOf(content('right') as never)
  Object.defineProperty(globalThis, 'crypto', descriptor)
  t.is(await digest, undefined)
})
