/** Imports a file into a project, or only reports what the import would do. */
import {setTimeout as delay} from 'node:timers/promises'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import {type ImportCounts, type ImportReport, importedKinds, noCounts} from '../board/project-import.ts'
import {type QuotaSetting, type Quotas, quotaExceeded} from '../board/quotas.ts'
import {type Change, type Committed, changeBy} from '../changes/change.ts'
import {requireRoleNow} from '../changes/lock-members.ts'
import type {Database} from '../store/connection.ts'
import {isBusy, isOutage} from '../store/errors.ts'
import {countRows, readTextBytes} from '../store/quotas.ts'
import {requireRow, selectProjects} from '../store/resources.ts'
import {inTransaction} from '../store/transaction.ts'
import {importComments} from './import-comments.ts'
import {
  type BatchReport,
  findPeople,
  type ImportContext,
  type ImportWork,
  requireQuota,
} from './import-context.ts'
import {importLabels} from './import-labels.ts'
import {countSources} from './import-sources.ts'
import {importSprints} from './import-sprints.ts'
import {importStories} from './import-stories.ts'
import {importTasks} from './import-tasks.ts'
import {NotKeptCounts} from './imported-board.ts'
import type {FileSummary} from './imported-file.ts'
import type {OpenFile} from './open-file.ts'
import {Preview} from './preview.ts'

export interface ImportRequest {
  caller: Caller
  projectId: string
  /** The sprint of new stories. Null when the file determines their sprints. */
  sprintId: string | null
  isPreview: boolean
  quotas: Quotas
  /**
   * The minimum number of milliseconds before a batch is tried again. The delay is random, up to twice as long. Default
   * 1,000.
   */
  retryDelayMs?: number
}

/** Commits a batch and publishes its events. */
export type CommitBatch = (change: Change<BatchReport>) => Promise<Committed<BatchReport>>

/**
 * Each batch is one transaction. If a batch fails, the earlier batches stay, and the import can be repeated. Throws the
 * errors of the batches, and Problem 'project-not-found' or 'quota-exceeded'.
 */
export async function importFile(
  db: Database,
  file: OpenFile,
  request: ImportRequest,
  commit: CommitBatch,
): Promise<ImportReport> {
  const {caller, projectId, sprintId, isPreview, quotas, retryDelayMs = 1_000} = request
  const {summary} = file
  const organizationId = caller.organization_id
  await requireRow('project', selectProjects(db, organizationId), projectId)
  await requireRoom(db, summary, request)
  const context: ImportContext = {
    organizationId,
    projectId,
    quotas,
    sprintId,
    ...(await findPeople(db, organizationId, summary.people)),
    ...(isPreview && {previewed: new Preview()}),
  }
  const {previewed} = context
  const total = {created: noCounts(), updated: noCounts(), unchanged: noCounts()}
  const notKept = new NotKeptCounts()
  notKept.addAll(summary.notKept)

  if (!sprintId && summary.sprints.length > 0) await run(importSprints(context, summary.sprints))
  if (summary.labels.length > 0) await run(importLabels(context, summary.labels))
  for await (const batch of file.batches('stories')) await run(importStories(context, batch))
  for await (const batch of file.batches('tasks')) await run(importTasks(context, batch))
  for await (const batch of file.batches('comments')) await run(importComments(context, batch))
  const {format, statuses} = summary
  return {format, preview: isPreview, ...total, statuses, not_kept: notKept.list()}

  async function run(work: ImportWork): Promise<void> {
    const startedAt = performance.now()
    const report = previewed ? await preview(work, previewed) : await commitBatch(work)
    for (const part of ['created', 'updated', 'unchanged'] as const) addCounts(total[part], report[part])
    notKept.addAll(report.notKept)
    // Other requests and streams use the database and the event loop in the pauses.
    const took = performance.now() - startedAt
    if (!isPreview) await delay(Math.min(maxPauseMs, took * pauseShare))
  }

  /** An import can take minutes, so each batch reads again whether the caller may import. */
  async function commitBatch(work: ImportWork): Promise<BatchReport> {
    const permitted: ImportWork = async (trx, caller) => {
      await requireRoleNow(trx, caller, 'member')
      return work(trx, caller)
    }
    try {
      return await commitWithRetries(permitted)
    } catch (error) {
      const hasImported = importedKinds.some(kind => total.created[kind] + total.updated[kind] > 0)
      throw error instanceof Problem && hasImported ? importStopped(error, total.created) : error
    }
  }

  /**
   * Tries again when the database was busy or unavailable. If a commit succeeded and only its response was lost, the
   * repetition changes nothing, because the sources of the batch are stored.
   */
  async function commitWithRetries(work: ImportWork): Promise<BatchReport> {
    for (let attempts = 1; ; attempts++) {
      try {
        return (await commit(changeBy('member', work))).result
      } catch (error) {
        if (!isTemporary(error) || attempts === maxAttempts) throw error
        await delay(retryDelayMs * (1 + Math.random()))
      }
    }
  }

  async function preview(work: ImportWork, previewed: Preview): Promise<BatchReport> {
    const report = await inTransaction(db, async trx => {
      previewed.beginBatch()
      const {result, counted = [], textBytes = 0} = await work(trx, caller)
      // A commit counts these rows and bytes after its writes.
      for (const {setting, added, table, parent} of counted) {
        const used = await countRows(trx, organizationId, table, parent!, quotas[setting])
        requireQuota(context, setting, used, added, parent!.id)
      }
      requireQuota(context, 'MAX_BYTES_PER_ORG', await readTextBytes(trx, organizationId), textBytes)
      return result
    })
    previewed.endBatch()
    return report
  }
}

// About eight seconds: a database can fail over in this time.
const maxAttempts = 6

function isTemporary(error: unknown): boolean {
  if (error instanceof Problem) return ['store-busy', 'store-unavailable'].includes(error.code)
  return isBusy(error) || isOutage(error)
}

function importStopped(cause: Problem, created: ImportCounts): Problem {
  const {code, message, data} = cause
  const detail = `${message} The import has stopped. What it has imported stays. Import the same file again to continue.`
  return new Problem(code, detail, {...data, created}, {cause})
}

// After each batch, the import pauses three times as long as the batch took, so that few other changes meet a batch.
// `npm run bench -- import` compares the p99 of the events of other changes with their p99 without an import. With this
// pause, the p99 was 1.4 to 2.0 times as long; with a pause as long as the batch, 1.8 to 2.5 times. Batches of 25 with
// the same pauses were not better (1.6 to 2.4 times), because more batches cause more events.
const pauseShare = 3
const maxPauseMs = 100 // 10,000 cards need about 300 batches, and should take less than a minute on a slow machine too

function addCounts(total: ImportCounts, added: Partial<ImportCounts>): void {
  for (const kind of importedKinds) total[kind] += added[kind] ?? 0
}

/** A file that can never fit is refused before anything is written. Things that were imported before need no room. */
async function requireRoom(
  db: Database,
  {counts, labels}: FileSummary,
  {caller, projectId, sprintId, quotas}: ImportRequest,
): Promise<void> {
  const known = await countSources(db, {organizationId: caller.organization_id, projectId})
  const require = (setting: QuotaSetting, used: number) => {
    const limit = quotas[setting]
    if (used > limit) throw quotaExceeded({setting, limit, used})
  }
  require('MAX_STORIES_PER_PROJECT', counts.stories - known.story)
  require('MAX_LABELS_PER_PROJECT', labels.length - known.label)
  if (sprintId) require('MAX_TASKS_PER_SPRINT', counts.tasks - Math.max(known.task, await countTasks()))

  /** The file can be an export of the project, and contain each of its tasks. */
  async function countTasks(): Promise<number> {
    const tasks = db.selectFrom('tasks').select(({fn}) => fn.countAll<number>().as('count'))
    const ofProject = tasks
      .where('organization_id', '=', caller.organization_id)
      .where('project_id', '=', projectId)
    return (await ofProject.executeTakeFirstOrThrow()).count
  }
}
