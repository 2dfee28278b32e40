/** The results of the checks of `boardcast doctor`. */

export interface Finding {
  /** What was checked, such as `notifications`. */
  subject: string
  isOk: boolean
  /** The result of the check. When `isOk` is false, the text also says what the operator can do. */
  text: string
}

/**
 * Yields findings one after another. `isRequired` marks a finding on which later checks depend.
 */
export type Check = AsyncGenerator<Finding & {isRequired?: boolean}>

/** Runs the check and returns its text. If the check throws, the finding has `isOk` false and the text of the error. */
export async function check(subject: string, work: () => Promise<string> | string): Promise<Finding> {
  try {
    return {subject, isOk: true, text: await work()}
  } catch (error) {
    const {message, code, cause} = error as NodeJS.ErrnoException
    const reason = cause ? ` (${(cause as Error).message || (cause as NodeJS.ErrnoException).code})` : ''
    return {subject, isOk: false, text: `${message || code}${reason}`}
  }
}

/** Returns one line for each finding. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({subject}) => subject.length))
  return findings.map(finding => formatFinding(finding, width)).join('\n')
}

/** Returns one line. `width` is the number of characters of the column with the subjects. */
export function formatFinding({subject, isOk, text}: Finding, width: number): string {
  return `${isOk ? 'ok  ' : 'FAIL'}  ${subject.padEnd(width)}  ${text}`
}
