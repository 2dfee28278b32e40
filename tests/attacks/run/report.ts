/** Describes the result of a run as text. */
import type {AttackResult, PartResult} from './attack-run.ts'
import type {Sample} from './sockets.ts'

const shownFindings = 40

export function describe({parts, samples, credentials, searchedBytes, findings}: AttackResult): string {
  const searched = `searched for ${countOf(credentials, 'credentials')} in ${countOf(searchedBytes, 'bytes')}`
  return [
    'Connections that                                   memory MB   p50 ms   longest ms',
    ...samples.map(describeSample),
    '',
    'Attacked:',
    ...parts.map(describePart),
    `  logs and responses: ${searched}`,
    '',
    `Findings: ${findings.length}`,
    ...findings.slice(0, shownFindings).map(finding => `  ${finding.slice(0, 1_000)}`),
  ].join('\n')
}

function describePart({part, keyKind, seconds, counts, findings}: PartResult): string {
  const attacked = counts
    ? Object.entries(counts).map(([name, count]) => countOf(count, name))
    : ['not attacked']
  const found = countOf(findings, 'findings')
  return `  ${`${part} (${keyKind}):`.padEnd(20)} ${[...attacked, found].join(', ')}, ${Math.round(seconds)} s`
}

function countOf(count: number, name: string): string {
  return `${count.toLocaleString('en-US')} ${name}`
}

function describeSample({name, megabytes, p50, longest}: Sample): string {
  const figures = [Math.round(megabytes), Math.round(p50), Math.round(longest)]
  const [memory, middle, last] = figures.map(String)
  return `  ${name.padEnd(48)} ${memory!.padStart(9)} ${middle!.padStart(8)} ${last!.padStart(12)}`
}
