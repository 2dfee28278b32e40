// Checks a page with axe-core.
import {readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import type {AxeResults} from 'axe-core'
import type {Page} from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * Returns a text for each rule that the current state of the page violates. The text names the elements. `within` is the
 * selector of the element that is checked. Default: the whole page.
 */
export async function findViolations(page: Page, within?: string): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe)
  // Without `resultTypes`, most of the time is spent on the description of elements that violate no rule.
  const target = within ? JSON.stringify(within) : 'document'
  const check = `axe.run(${target}, {resultTypes: ['violations']}).then(({violations}) => violations)`
  const violations = (await page.evaluate(check)) as AxeResults['violations']
  return violations.map(
    ({id, impact, nodes}) =>
      `${id} (${impact}): ${nodes.map(({html, target, failureSummary}) => `${target} ${html} ${failureSummary}`)}`,
  )
}
