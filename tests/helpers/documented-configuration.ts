/** Reads the configurations of proxies from docs/running.md, so that the tests use what the page recommends. */
import {readFileSync} from 'node:fs'

/** What a test changes in a configuration, such as the address of the server. */
type Change = [pattern: RegExp, replacement: string]

/** Returns the code block with this language, after the changes. Throws when a change finds nothing to replace. */
export function documentedConfiguration(language: 'haproxy' | 'apache', changes: readonly Change[]): string {
  const page = readFileSync(new URL('../../docs/running.md', import.meta.url), 'utf8')
  const [, block] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(page) ?? []
  if (block === undefined) throw new Error(`docs/running.md contains no block of code for ${language}.`)
  return changes.reduce((text, [pattern, replacement]) => {
    if (text.search(pattern) < 0) throw new Error(`${language}: nothing matches ${pattern}.`)
    return text.replace(pattern, replacement)
  }, block)
}
