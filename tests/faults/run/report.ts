/** Describes the result of a fault run as text. */
import {findingKinds} from './checker.ts'
import type {FaultRunResult} from './fault-run.ts'

const shownPerKind = 5

export function describe(result: FaultRunResult): {text: string; isFailure: boolean} {
  const {findings, faults, failedFaults, outcomes, answers, crashes, errors, stops, keyed} = result
  const byKind = findingKinds.map(kind => [kind, findings.filter(finding => finding.kind === kind)] as const)
  const lines = [
    `Faults: ${sum(faults)} of ${faults.size} kinds`,
    ...table(faults),
    `Requests: ${result.requests} (${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')})`,
    `  with an Idempotency-Key: ${keyed.requests}, of which ${keyed.repeated} were sent more than once`,
    'Responses to these requests:',
    ...table(answers),
    `Events: ${result.events}. Deliveries checked: ${result.deliveries}.`,
    `Boards compared by clients: ${result.comparisons}. Corrupted by the run: ${result.corruptions}, healed: ${result.healed}.`,
    `Checkpoints compared with the log: ${result.digests.checkpoints}, of ${result.digests.boards} different boards.`,
    `Members who left: ${describeAbsences(result.absences)}.`,
    `Exit codes after SIGTERM: ${[...stops].map(([code, count]) => `${count} × ${code}`).join(', ') || 'none'}`,
    ...(errors.size > 0 ? ['Errors in the logs of the servers:', ...table(errors)] : []),
    `Findings: ${byKind.map(([kind, found]) => `${found.length} ${kind}`).join(', ')}`,
    ...byKind.flatMap(([kind, found]) =>
      found.slice(0, shownPerKind).map(({message}) => `  ${kind}: ${message}`),
    ),
    ...failedFaults.map(message => `A fault could not be caused or ended: ${message}`),
    ...crashes.map(message => `A server crashed: ${message}`),
  ]
  return {text: lines.join('\n'), isFailure: findings.length + failedFaults.length + crashes.length > 0}
}

function describeAbsences({afterKill, afterClose}: FaultRunResult['absences']): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  return [
    `${afterKill.absences} after a kill (listed for up to ${seconds(afterKill.longestMs)})`,
    `${afterClose.absences} who closed their stream (up to ${seconds(afterClose.longestMs)})`,
  ].join(', ')
}

/** Returns one line for each entry, the highest count first. */
function table(counts: ReadonlyMap<string, number>): string[] {
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([label, count]) => `  ${String(count).padStart(6)}  ${label}`)
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}
