/** The results of several servers as a part of a Markdown page. */
import {type Case, groupOf, groups} from './case.ts'
import type {Results} from './report.ts'

const tableStart = '<!-- The table begins here. `npm run conformance:table` writes it. -->'
const tableEnd = '<!-- The table ends here. -->'

/** Returns the page with the new table between the two marks. */
export function replaceTable(page: string, table: string): string {
  const [before, rest = ''] = page.split(tableStart)
  const [, after = ''] = rest.split(tableEnd)
  return `${before}${tableStart}\n\n${table}\n${tableEnd}${after}`
}

/** Returns a table with a row for each group and a column for each server, and the failed cases in words. */
export function formatTable(servers: readonly Results[], cases: readonly Case[]): string {
  const header = ['group', 'cases', ...servers.map(({server}) => server)]
  const rows = groups.map(group => [
    group,
    String(cases.filter(each => groupOf(each) === group).length),
    ...servers.map(({results}) => cellOf(results.filter(result => groupOf(result) === group))),
  ])
  const total = ['all', String(cases.length), ...servers.map(({results}) => cellOf(results))]
  const lines = [header, header.map((_, column) => (column === 0 ? '---' : '---:')), ...rows, total]
  const table = lines.map(cells => `| ${cells.join(' | ')} |`).join('\n')
  const versions = servers.map(({server, version}) => `${server}${version ? ` (${version})` : ''}`).join(', ')
  const failures = servers.map(each => describeFailures(each, cases)).join('\n')
  return `Versions: ${versions}.\n\n${table}\n\n${failures}`
}

/** `5 / 1 / 2`: passed, failed, not applicable. */
function cellOf(results: Results['results']): string {
  const count = (outcome: Results['results'][number]['outcome']) =>
    results.filter(result => result.outcome === outcome).length
  return `${count('passed')} / ${count('failed')} / ${count('not-applicable')}`
}

function describeFailures({server, results}: Results, cases: readonly Case[]): string {
  const failed = results.filter(({outcome}) => outcome === 'failed')
  if (failed.length === 0) return `### ${server}\n\nNo case failed.\n`
  const lines = failed.map(({id, level, message = ''}) => {
    const requirement = cases.find(each => each.id === id)?.requirement ?? ''
    return `- \`${id}\` (${level}): ${requirement} *${withoutMarks(message)}*`
  })
  return `### ${server}\n\n${lines.join('\n')}\n`
}

/** Removes the texts of events from a message, because each run has other texts. */
function withoutMarks(message: string): string {
  return message
    .replaceAll(/ \(first: "(?:[^"\\]|\\.)*"\)/g, '')
    .replaceAll(/: "c[0-9a-z]+-\d+ (?:[^"\\]|\\.)*"\./g, '.')
    .replaceAll('\n', ' ')
    .replaceAll('*', '\\*')
}
