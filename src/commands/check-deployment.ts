/**
 * `boardcast doctor <url>`: checks a deployment from outside, through all proxies in front of the server. The checks
 * change nothing.
 */
import {checkAnswers} from './deployment-answers.ts'
import {checkConnection} from './deployment-connection.ts'
import type {Deployment} from './deployment-request.ts'
import {checkStreams, type StreamCheckOptions} from './deployment-streams.ts'
import type {Finding} from './findings.ts'

/** The number of characters of the longest subject. */
export const subjectWidth = 'parallel streams'.length

/**
 * Yields each finding as soon as its check has ended. When a check fails on which the next checks depend, the next
 * checks are left out. `deployment.credential` is empty when there is no credential. Never throws.
 */
export async function* checkDeployment(
  deployment: Deployment,
  options: StreamCheckOptions = {},
): AsyncGenerator<Finding> {
  for (const checks of [checkConnection, checkAnswers, checkStreams]) {
    for await (const finding of checks(deployment, options)) {
      yield finding
      if (finding.isRequired && !finding.isOk) return
    }
  }
}
