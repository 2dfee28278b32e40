/** Describes the result of a run as text. */
import type {AttackResult} from './attack-run.ts'
import type {Sample} from './sockets.ts'

const shownFindings = 40

export function describe({counts, samples, findings}: AttackResult): string {
  const total = Object.entries(counts).map(
    ([name, count]) => `  ${count.toLocaleString('en-US').padStart(12)}  ${name}`,
  )
  return [
    'Connections that                                   memory MB   p50 ms   longest ms',
    ...samples.map(describeSample),
    '',
    'Attacked:',
    ...total,
    '',
    `Findings: ${findings.length}`,
    ...findings.slice(0, shownFindings).map(finding => `  ${finding.slice(0, 1_000)}`),
  ].join('\n')
}

function describeSample({name, megabytes, p50, longest}: Sample): string {
  const figures = [Math.round(megabytes), Math.round(p50), Math.round(longest)]
  const [memory, middle, last] = figures.map(String)
  return `  ${name.padEnd(48)} ${memory!.padStart(9)} ${middle!.padStart(8)} ${last!.padStart(12)}`
}
