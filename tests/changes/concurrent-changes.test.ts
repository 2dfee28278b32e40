// Several processes change one organization at once: what a reader of its log sees meanwhile.
import {setImmediate as turn} from 'node:timers/promises'
import type {Caller} from '../../src/board/member.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {releaseTask} from '../../src/changes/release-task.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {type LogRecord, readHead, readPage} from '../../src/store/event-log.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

const roundsPerMember = 15

let stores: Store[]
test.before(async () => {
  const url = await createDatabase()
  stores = await Promise.all([openStore({url}), openStore({url}), openStore({url, poolSize: 3})])
})
test.after.always(() => Promise.all(stores.map(store => store.close())))

test('while two stores change one organization, readers see every seq once, in order, without a hole', async t => {
  const [one, two, three] = stores.map(({db}) => db) as [Database, Database, Database]
  const members = await createOrganization(one, {
    ada: 'member',
    grace: 'member',
    edsger: 'member',
    root: 'admin',
  })
  const {ada, grace, edsger, root} = members
  const {story, task} = await createBoard(one, ada)
  const start = await readHead(one, ada.organization_id)

  let isStorm = true
  const readers = [one, three, three].map(db => follow(db, ada, start.seq, () => isStorm))
  const appended = await Promise.all(
    [one, two].flatMap(db => [ada, grace, edsger, root].map(by => changeMuch(db, by, story.id, task.id))),
  ).finally(() => {
    isStorm = false
  })

  const {seq: head} = await readHead(one, ada.organization_id)
  const seqs = Array.from({length: head - start.seq}, (_, index) => start.seq + 1 + index)
  for (const seen of await Promise.all(readers)) {
    t.deepEqual(
      seen.map(({seq}) => seq),
      seqs,
    )
  }
  // What the changes answered is what the log holds, each record of one change alone.
  const answered = appended.flat(2).sort((a, b) => a.seq - b.seq)
  const [seen] = await Promise.all(readers)
  t.deepEqual(
    answered.map(({seq, data}) => ({seq, data})),
    seen!.map(({seq, data}) => ({seq, data})),
  )
  t.true(seqs.length >= roundsPerMember * 8, 'the storm wrote events')
})

/** Records in the order of reading, by asking for what follows the last seen until the storm is over. */
async function follow(db: Database, by: Caller, start: number, isStorm: () => boolean): Promise<LogRecord[]> {
  const seen: LogRecord[] = []
  for (;;) {
    const isLast = !isStorm()
    const last = seen.at(-1)?.seq ?? start
    const page = await readPage(db, by.organization_id, last, last + 50)
    seen.push(...page.records)
    if (isLast && seen.at(-1)?.seq === page.head) return seen
    await turn()
  }
}

/** Makes tasks of one's own, and quarrels with the others about one task. */
async function changeMuch(db: Database, by: Caller, storyId: string, taskId: string): Promise<LogRecord[][]> {
  const appended: LogRecord[][] = []
  for (let round = 1; round <= roundsPerMember; round++) {
    const created = await createTask(db, by, storyId, newTaskSchema.parse({title: `${by.name} ${round}`}))
    appended.push(created.records)
    for (const change of [
      takeTask(db, by, created.result.id),
      takeTask(db, by, taskId),
      editTask(db, by, taskId, {description: `${by.name} was here in round ${round}`}),
      releaseTask(db, by, taskId),
    ]) {
      const records = await change.then(
        ({records}) => records,
        error => {
          if (!['task-already-owned', 'task-not-owned', 'not-the-owner'].includes(error.code)) throw error
          return []
        },
      )
      appended.push(records)
    }
  }
  return appended
}
