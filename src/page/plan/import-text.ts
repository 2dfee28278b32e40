/** The texts of the import of a file. All functions are pure. */
import {isProblem} from '../../client/api-client.ts'
import {type ImportReport, Problem} from '../../client/client.ts'
import {count, listNames} from '../parts/format.ts'
import {failureSentence} from '../parts/words.ts'

export type ImportFormat = ImportReport['format']
type ImportCounts = ImportReport['created']

/** The formats, as the list of formats shows them. */
export const formatLabels: Record<ImportFormat, string> = {
  trello: 'Trello (JSON)',
  jira: 'Jira (CSV)',
  github: 'GitHub issues (JSON)',
  csv: 'CSV',
  boardcast: 'Boardcast (JSON)',
}
export const formats = Object.keys(formatLabels) as ImportFormat[]

const nouns: Record<keyof ImportCounts, [string, string]> = {
  tasks: ['task', 'tasks'],
  stories: ['story', 'stories'],
  sprints: ['sprint', 'sprints'],
  labels: ['label', 'labels'],
  checklist_items: ['checklist item', 'checklist items'],
  comments: ['comment', 'comments'],
}

/** Returns '312 tasks, 24 stories and 1 label'. The text is empty when nothing is counted. */
export function countsText(counts: ImportCounts): string {
  const kinds = Object.keys(nouns) as (keyof ImportCounts)[]
  const texts = kinds.filter(kind => counts[kind] > 0).map(kind => count(counts[kind], ...nouns[kind]))
  return listNames(texts, texts.length)
}

/** Returns the label of the button that imports the file. Returns undefined when the import would change nothing. */
export function importLabel({
  created,
  updated,
}: Pick<ImportReport, 'created' | 'updated'>): string | undefined {
  if (created.tasks > 0) return `Import ${count(created.tasks, 'task')}`
  if (countsText(created)) return `Import ${countsText(created)}`
  return countsText(updated) ? `Update ${countsText(updated)}` : undefined
}

export const maxFileBytes = 32 * 1024 * 1024 // as in the API

export const tooLargeText = 'This file is too large. A file may have up to 32 MB.'
export const emptyText = 'This file is empty.'
export const unreadableText =
  'The browser cannot read this file. It may be a folder, or it was changed, moved or deleted.'
/** The text when the browser could read the file before. */
export const changedText = 'The file has changed. Choose it again.'

const lostText =
  'The connection was lost. The import may still finish. Import the file again to check; nothing is created twice.'

/** Returns sentences that explain why the file was not imported, or why its preview failed. */
export function importFailure(error: unknown, isPreview: boolean): string {
  if (isProblem(error, 'body-too-large')) return tooLargeText
  const isLost = !(error instanceof Problem) || isProblem(error, 'unexpected-response')
  return isLost && !isPreview ? lostText : failureSentence(error)
}

/** Returns '2.3 MB' or '14 KB'. */
export function sizeText(bytes: number): string {
  const kilobytes = bytes / 1024
  if (kilobytes < 1000) return `${Math.max(1, Math.round(kilobytes))} KB`
  return `${(kilobytes / 1024).toFixed(1)} MB`
}

/** Returns the media type of a file that begins with this text. The server finds the format by the content. */
export function mediaTypeOf(head: string): 'application/json' | 'text/csv' {
  return /^\s*[[{]/.test(head) ? 'application/json' : 'text/csv'
}
