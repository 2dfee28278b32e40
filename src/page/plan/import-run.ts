/** The import of a file into a project. It continues when its dialog is closed. */
import {type ApiClient, isProblem} from '../../client/api-client.ts'
import type {ImportReport} from '../../client/client.ts'
import type {NoteText} from '../parts/note-list.ts'
import {createObservable, type Observable} from '../parts/observable.ts'
import {
  changedText,
  countsText,
  emptyText,
  type ImportFormat,
  importFailure,
  maxFileBytes,
  mediaTypeOf,
  tooLargeText,
  unreadableText,
} from './import-text.ts'

export interface ImportChoices {
  /** Undefined when the content of the file shows the format. */
  format?: ImportFormat | undefined
  /** The sprint of new stories. Undefined when the file names the sprints. */
  sprint_id?: string | undefined
}

interface Chosen {
  file: File
  choices: ImportChoices
}

/**
 * choosing → reading → preview → importing → done
 *
 * From each step before `importing`, another file can be chosen. `refused` follows `reading` or `importing`, and `failed`
 * follows `importing`.
 */
export type ImportState =
  | {step: 'choosing'}
  | ({step: 'reading'} & Chosen)
  /** `isFinal`: another format or attempt does not help. */
  | ({step: 'refused'; error: string; isFinal: boolean} & Chosen)
  | ({step: 'preview'; report: ImportReport} & Chosen)
  | ({step: 'importing'; report: ImportReport} & Chosen)
  | ({step: 'failed'; report: ImportReport; error: string} & Chosen)
  | ({step: 'done'; report: ImportReport} & Chosen)

export interface ImportRun {
  state: Observable<ImportState>
  /** Asks the server what the import of the file would do. */
  preview(file: File, choices: ImportChoices): Promise<void>
  /** Imports the file of the preview, or the file whose import has failed. */
  start(): Promise<void>
  /** Returns to the choice of a file. Does nothing during an import, which cannot be stopped. */
  reset(): void
  /** Shows how an import ends. Set while the dialog is closed. */
  showEnd: ((text: NoteText, isFailure: boolean) => void) | undefined
}

const runs = new WeakMap<ApiClient, Map<string, ImportRun>>()

/** Returns the member's import into the project, so that a dialog that is opened again shows a running import. */
export function importOf(api: ApiClient, userId: string, projectId: string): ImportRun {
  const key = `${userId} ${projectId}`
  const known = runs.get(api) ?? new Map<string, ImportRun>()
  runs.set(api, known)
  const run = known.get(key) ?? createImport(api, projectId)
  known.set(key, run)
  return run
}

const maxWaitMs = 30_000 // because a cancelled preview or another member's import can still be running

/**
 * @param retryMs milliseconds between two attempts while another import of the organization is running. Default 2,000.
 * @param now returns the time in milliseconds.
 */
export function createImport(
  api: Pick<ApiClient, 'call'>,
  projectId: string,
  retryMs = 2_000,
  now = Date.now,
): ImportRun {
  const state = createObservable<ImportState>({step: 'choosing'})
  let reading = new AbortController()

  async function send({file, choices}: Chosen, isPreview: boolean, signal?: AbortSignal) {
    const type = mediaTypeOf(await file.slice(0, 1024).text())
    const query = {...choices, preview: isPreview}
    const content = {type, content: file}
    return api.call('POST /projects/{id}/imports', {params: {id: projectId}, query, file: content, signal})
  }

  const run: ImportRun = {
    state,
    showEnd: undefined,
    async preview(file, choices) {
      reading.abort()
      reading = new AbortController()
      const {signal} = reading
      const chosen = {file, choices}
      state.set({step: 'reading', ...chosen})
      const refusal = await refusalOf(file)
      if (signal.aborted) return
      if (refusal) return state.set({step: 'refused', error: refusal, isFinal: true, ...chosen})
      const start = now()
      while (!signal.aborted) {
        try {
          const report = await send(chosen, true, signal)
          if (!signal.aborted) state.set({step: 'preview', report, ...chosen})
          return
        } catch (error) {
          if (signal.aborted) return
          if (!isProblem(error, 'overloaded') || now() - start >= maxWaitMs) {
            state.set({step: 'refused', error: importFailure(error, true), isFinal: false, ...chosen})
            return
          }
          await new Promise(resolve => setTimeout(resolve, retryMs))
        }
      }
    },
    async start() {
      const before = state.get()
      if (before.step !== 'preview' && before.step !== 'failed') return
      const {file, choices, report} = before
      const chosen = {file, choices}
      state.set({step: 'importing', report, ...chosen})
      if (await refusalOf(file)) {
        state.set({step: 'refused', error: changedText, isFinal: true, ...chosen})
        run.showEnd?.({title: `Could not import ${file.name}`, detail: changedText}, true)
        return
      }
      try {
        const imported = await send(chosen, false)
        state.set({step: 'done', report: imported, ...chosen})
        const counts = countsText(imported.created)
        run.showEnd?.({title: `Imported ${file.name}`, detail: counts && `${counts} created`}, false)
      } catch (error) {
        const sentence = importFailure(error, false)
        state.set({step: 'failed', report, error: sentence, ...chosen})
        run.showEnd?.({title: `Could not import ${file.name}`, detail: sentence}, true)
      }
    },
    reset() {
      if (state.get().step === 'importing') return
      reading.abort()
      state.set({step: 'choosing'})
    },
  }
  return run
}

/** Returns why the file cannot be sent. */
async function refusalOf(file: File): Promise<string | undefined> {
  if (file.size > maxFileBytes) return tooLargeText
  try {
    // The browser reads the file now: a folder, for example, has a size, but cannot be read.
    const head = await file.slice(0, 1).arrayBuffer()
    return head.byteLength === 0 ? emptyText : undefined
  } catch {
    return unreadableText
  }
}
