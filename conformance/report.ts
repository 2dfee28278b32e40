/** Results as text. */
import {type Case, groupOf, groups} from './case.ts'
import type {CaseResult} from './run.ts'

export interface Results {
  server: string
  version?: string
  results: Omit<CaseResult, 'durationMs'>[]
}

/** Whether a case of the level `must` or `should` failed. A failed `may` is only listed. */
export function hasFailed(results: Results['results']): boolean {
  return results.some(({outcome, level}) => outcome === 'failed' && level !== 'may')
}

/** Returns a table with one row for each group, and the failed cases below. */
export function formatResults({server, version, results}: Results, cases: readonly Case[]): string {
  const rows = groups
    .map(group => ({group, own: results.filter(result => groupOf(result) === group)}))
    .filter(({own}) => own.length > 0)
    .map(({group, own}) => [group, ...countsOf(own)])
  const total = ['total', ...countsOf(results)]
  const header = ['group', 'passed', 'failed', 'not applicable']
  const failed = results.filter(({outcome}) => outcome === 'failed')
  const lines = failed.flatMap(({id, level, message}) => {
    const known = cases.find(other => other.id === id)
    return ['', `${level} ${id}: ${known?.requirement}`, `  ${known?.source}`, `  → ${message}`]
  })
  return [
    `${server}${version ? ` ${version}` : ''}`,
    '',
    alignColumns([header, ...rows, total]),
    ...lines,
  ].join('\n')
}

function countsOf(results: Results['results']): string[] {
  return (['passed', 'failed', 'not-applicable'] as const).map(outcome =>
    String(results.filter(result => result.outcome === outcome).length),
  )
}

function alignColumns(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows
    .map(row =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))),
    )
    .map(row => row.join('  '))
    .join('\n')
}
