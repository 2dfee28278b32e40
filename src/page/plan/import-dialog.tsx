/** The dialog that imports a file into a project: choose a file, look at what would change, import. */
import {type RefObject, useEffect, useRef} from 'react'
import type {Project, Sprint} from '../../client/client.ts'
import {Dialog} from '../parts/dialog.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {useNotes} from '../parts/notes.tsx'
import {useObservable} from '../parts/observable.ts'
import {useSession} from '../session/session.tsx'
import styles from './import.css?inline'
import {Choices, FileChoice, useFileDrop} from './import-file.tsx'
import {ImportReportView} from './import-report.tsx'
import {type ImportRun, type ImportState, importOf} from './import-run.ts'
import {importLabel} from './import-text.ts'

addStyles(styles)

interface ImportDialogProps {
  project: Project
  sprints: readonly Sprint[]
  /** Called after the import, also when the dialog is closed by then. */
  onImported(): void
  onClose(): void
}

export function ImportDialog({project, sprints, onImported, onClose}: ImportDialogProps) {
  const {api, me} = useSession()
  const run = importOf(api, me.user_id, project.id)
  const state = useObservable(run.state)
  const content = useRef<HTMLDivElement>(null)
  useEndNotes(run)
  useFocusOfStep(content, state.step)
  const choose = (file: File) => void run.preview(file, {})
  const isOver = useFileDrop(state.step === 'importing' ? undefined : choose)
  const targets = sprints.filter(({status}) => status !== 'closed')

  async function start() {
    await run.start()
    onImported()
  }

  return (
    <Dialog
      title={`Import into ${project.name}`}
      onClose={reason => {
        // A click beside the dialog is often a mistake, and the preview would be lost.
        if (reason !== 'backdrop' || state.step !== 'preview') onClose()
      }}
    >
      <div ref={content} className="import" tabIndex={-1}>
        <p className="visually-hidden" role="status">
          {statusText(state)}
        </p>
        {stepContent()}
      </div>
    </Dialog>
  )

  function stepContent() {
    switch (state.step) {
      case 'choosing':
        return <FileChoice isOver={isOver} onChoose={choose} />
      case 'reading':
        return (
          <>
            <Busy text={`Reading ${state.file.name}…`} />
            <div className="form-actions">
              <button type="button" className="button" onClick={run.reset}>
                Cancel
              </button>
            </div>
          </>
        )
      case 'refused':
        return (
          <>
            {!state.isFinal && <Choices state={state} run={run} targets={targets} />}
            <p className="form-error" role="alert">
              {state.error}
            </p>
            <div className="form-actions">
              {!state.isFinal && (
                <button
                  type="button"
                  className="button"
                  onClick={() => void run.preview(state.file, state.choices)}
                >
                  Try again
                </button>
              )}
              <button type="button" className="button" data-kind="primary" onClick={run.reset}>
                Choose another file
              </button>
            </div>
          </>
        )
      case 'preview': {
        const label = importLabel(state.report)
        return (
          <>
            <Choices state={state} run={run} targets={targets} />
            <ImportReportView report={state.report} />
            <div className="form-actions">
              <button type="button" className="button" onClick={run.reset}>
                Choose another file
              </button>
              {label && (
                <button type="button" className="button" data-kind="primary" onClick={() => void start()}>
                  {label}
                </button>
              )}
            </div>
          </>
        )
      }
      case 'importing':
        return (
          <>
            <Busy text={`Importing ${state.file.name}…`} />
            <p className="muted">
              A large file can take several minutes. You can close this dialog. The import continues, and a
              note appears when it ends.
            </p>
            <div className="form-actions">
              <button type="button" className="button" onClick={onClose}>
                Close
              </button>
            </div>
          </>
        )
      case 'failed':
        return (
          <>
            <p className="form-error" role="alert">
              {state.error}
            </p>
            <div className="form-actions">
              <button type="button" className="button" onClick={run.reset}>
                Choose another file
              </button>
              <button type="button" className="button" data-kind="primary" onClick={() => void start()}>
                Import again
              </button>
            </div>
          </>
        )
      case 'done':
        return (
          <>
            <p>{state.file.name} was imported.</p>
            <ImportReportView report={state.report} />
            <div className="form-actions">
              <button type="button" className="button" onClick={run.reset}>
                Import another file
              </button>
              <button type="button" className="button" data-kind="primary" onClick={onClose}>
                Close
              </button>
            </div>
          </>
        )
    }
  }
}

/** While the dialog is closed, a note shows how the import ends. Without an import, closing the dialog forgets the file. */
function useEndNotes(run: ImportRun): void {
  const {showNote, showWarning} = useNotes()
  useEffect(() => {
    run.showEnd = undefined
    return () => {
      run.showEnd = (text, isFailure) => (isFailure ? showWarning(text) : showNote(text))
      run.reset()
    }
  }, [run, showNote, showWarning])
}

/** The button of a step disappears with the step. The focus then goes to the main button of the next step. */
function useFocusOfStep(content: RefObject<HTMLDivElement | null>, step: ImportState['step']): void {
  const isFirst = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect must run after each step
  useEffect(() => {
    const {activeElement} = document
    const isLost = activeElement === content.current || !content.current!.contains(activeElement)
    if (!isFirst.current && isLost) {
      const main = content.current!.querySelector<HTMLElement>('[data-kind=primary], input')
      ;(main ?? content.current!).focus()
    }
    isFirst.current = false
  }, [step])
}

function statusText(state: ImportState): string {
  switch (state.step) {
    case 'reading':
      return `Reading ${state.file.name}`
    case 'preview':
      return `${importLabel(state.report) ?? 'Nothing to import'}?`
    case 'importing':
      return `Importing ${state.file.name}`
    case 'done':
      return `${state.file.name} was imported`
    default:
      return ''
  }
}

function Busy({text}: {text: string}) {
  return (
    <div className="import-busy">
      <p>{text}</p>
      <progress aria-label={text} />
    </div>
  )
}
