/** Chooses a file and how it is imported. */
import {Fragment, useEffect, useRef, useState} from 'react'
import type {Sprint} from '../../client/client.ts'
import {UploadIcon} from '../parts/more-icons.tsx'
import type {ImportChoices, ImportRun, ImportState} from './import-run.ts'
import {formatLabels, formats, type ImportFormat, sizeText} from './import-text.ts'

/**
 * Accepts a file that is dropped anywhere on the page, because the browser would leave the page and show the file. Returns
 * whether a file is dragged over the page. While `onChoose` is undefined, a dropped file is ignored.
 */
export function useFileDrop(onChoose: ((file: File) => void) | undefined): boolean {
  const [isOver, setOver] = useState(false)
  const latest = useRef(onChoose)
  latest.current = onChoose
  useEffect(() => {
    const stop = new AbortController()
    const {signal} = stop
    const onDrag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      const [file] = event.dataTransfer.files
      setOver(event.type === 'dragover' && latest.current !== undefined)
      if (event.type === 'drop' && file) latest.current?.(file)
    }
    addEventListener('dragover', onDrag, {signal})
    addEventListener('drop', onDrag, {signal})
    // Without a related target, the pointer has left the window.
    addEventListener('dragleave', event => event.relatedTarget === null && setOver(false), {signal})
    return () => stop.abort()
  }, [])
  return isOver
}

interface FileChoiceProps {
  /** Whether a file is dragged over the page. */
  isOver: boolean
  onChoose(file: File): void
}

export function FileChoice({isOver, onChoose}: FileChoiceProps) {
  return (
    <>
      <label className="drop-zone" data-over={isOver || undefined}>
        <input
          type="file"
          className="visually-hidden"
          accept=".json,.csv,.txt,application/json,text/csv"
          onChange={({currentTarget}) => {
            const [file] = currentTarget.files ?? []
            if (file) onChoose(file)
          }}
        />
        <UploadIcon />
        <strong>Choose a file, or drop it here</strong>
        <span>JSON or CSV, up to 32 MB</span>
      </label>
      <dl className="import-formats">
        {[
          ['Trello', 'the JSON export of a board'],
          ['Jira', 'the CSV export of a search, with all fields'],
          ['GitHub', 'save api.github.com/repos/OWNER/NAME/issues?state=all&per_page=100 as a file'],
          ['CSV', 'a row for each task, with a column “title”'],
          ['Boardcast', 'the JSON or CSV export of a project'],
        ].map(([name, file]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {/* An address breaks only after a slash. */}
              {file!.split(/(?<=\/)/).map(part => (
                <Fragment key={part}>
                  {part}
                  <wbr />
                </Fragment>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <p className="muted">You see what would change before anything is imported.</p>
    </>
  )
}

interface ChoicesProps {
  state: Extract<ImportState, {step: 'preview' | 'refused'}>
  run: ImportRun
  /** The sprints that new stories can be in. */
  targets: readonly Sprint[]
}

/** The file, and what the member can choose. Each choice reads the file again. */
export function Choices({state, run, targets}: ChoicesProps) {
  const {file, choices} = state
  const found = state.step === 'preview' ? state.report.format : undefined
  const choose = (changed: ImportChoices) => void run.preview(file, {...choices, ...changed})
  return (
    <>
      <p className="import-file">
        <strong>{file.name}</strong> <span className="muted">{sizeText(file.size)}</span>
      </p>
      <div className="import-choices">
        <label className="field">
          Format
          <select
            className="select"
            value={choices.format ?? found ?? ''}
            onChange={({currentTarget: {value}}) =>
              choose({format: value === '' ? undefined : (value as ImportFormat)})
            }
          >
            {!found && <option value="">Detect from the file</option>}
            {formats.map(format => (
              <option key={format} value={format}>
                {formatLabels[format]}
              </option>
            ))}
          </select>
        </label>
        {targets.length > 0 && (
          <label className="field">
            Put new stories in
            <select
              className="select"
              value={choices.sprint_id ?? ''}
              onChange={({currentTarget: {value}}) => choose({sprint_id: value || undefined})}
            >
              <option value="">From the file</option>
              {targets.map(({id, name}) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
    </>
  )
}
