// Tests two processes that change one organization at the same time, while readers follow the log.
import {setImmediate as turn} from 'node:timers/promises'
import type {Caller} from '../../src/board/member.ts'
import {Problem} from '../../src/board/problem.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {releaseTask} from '../../src/changes/release-task.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {type Appended, type LogRecord, readHead, readPage} from '../../src/store/event-log.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

const roundsPerMember = 15

let stores: Store[]
test.before(async () => {
  const url = await createDatabase()
  stores = await Promise.all([openStore({url}), openStore({url}), openStore({url, poolSize: 3})])
})
test.after.always(() => Promise.all(stores.map(store => store.close())))

test('while two processes change one organization, readers receive every seq once and in order, without a gap', async t => {
  const [one, two, three] = stores.map(({db}) => db) as [Database, Database, Database]
  const roles = {ada: 'member', grace: 'member', edsger: 'member', root: 'admin'} as const
  const {ada, ...others} = await createOrganization(one, roles)
  const members = [ada, ...Object.values(others)]
  const {story, task} = await createBoard(one, ada)
  const start = await readHead(one, ada.organization_id)

  let isChanging = true
  const changeAtOnce = async () => {
    const changing = [one, two].flatMap(db => members.map(by => changeRepeatedly(db, by, story.id, task.id)))
    const returned = (await Promise.all(changing)).flat()
    isChanging = false
    return returned
  }
  const [returned, ...seen] = await Promise.all([
    changeAtOnce(),
    ...[one, three, three].map(db => follow(db, ada, start.seq, () => isChanging)),
  ])

  const {seq: head} = await readHead(one, ada.organization_id)
  t.true(head - start.seq >= 2 * members.length * roundsPerMember, 'every member has created tasks')
  const seqs = Array.from({length: head - start.seq}, (_, index) => start.seq + 1 + index)
  for (const records of seen) t.deepEqual(seqsOf(records), seqs)

  // The records that the changes returned are equal to the records in the log.
  returned.sort((a, b) => a.seq - b.seq)
  t.deepEqual(dataOf(returned), dataOf(seen[0]!))
})

/** Reads the log until the changes are complete. Returns the records in the order in which they were read. */
async function follow(
  db: Database,
  by: Caller,
  start: number,
  isChanging: () => boolean,
): Promise<LogRecord[]> {
  const seen: LogRecord[] = []
  for (;;) {
    const isLast = !isChanging()
    const last = seen.at(-1)?.seq ?? start
    const page = await readPage(db, by.organization_id, last, last + 50)
    seen.push(...page.records)
    if (isLast && seen.at(-1)?.seq === page.head) return seen
    await turn()
  }
}

/** Creates and takes tasks, and competes with other members for one task. Returns the appended records. */
async function changeRepeatedly(
  db: Database,
  by: Caller,
  storyId: string,
  taskId: string,
): Promise<LogRecord[]> {
  const appended: LogRecord[] = []
  for (let round = 1; round <= roundsPerMember; round++) {
    const title = `${by.name} ${round}`
    const {result, records} = await commitChange(db, by, createTask(storyId, newTaskSchema.parse({title})))
    appended.push(...records)
    for (const change of [
      () => commitChange(db, by, takeTask(result.id)),
      () => commitChange(db, by, takeTask(taskId)),
      () => commitChange(db, by, editTask(taskId, {description: title})),
      () => commitChange(db, by, releaseTask(taskId)),
    ]) {
      appended.push(...(await recordsUnlessRejected(change)))
    }
  }
  return appended
}

async function recordsUnlessRejected(change: () => Promise<Appended>): Promise<LogRecord[]> {
  try {
    return (await change()).records
  } catch (error) {
    if (error instanceof Problem) return []
    throw error
  }
}

function seqsOf(records: readonly LogRecord[]): number[] {
  return records.map(({seq}) => seq)
}

function dataOf(records: readonly LogRecord[]): string[] {
  return records.map(({data}) => data)
}
