/**
 * `npm run conformance:table` runs the suite against every server that has an adapter, writes the results to
 * `conformance/results/`, and writes the table in `docs/conformance.md`. With names of adapters as arguments, the
 * suite runs only against these servers, and the table uses the stored results of the others.
 */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import type {Adapter} from './adapter.ts'
import betterSse from './adapters/better-sse.ts'
import betterSseHistory from './adapters/better-sse-history.ts'
import boardcast from './adapters/boardcast.ts'
import nchan from './adapters/nchan.ts'
import plain from './adapters/plain.ts'
import plainHistory from './adapters/plain-history.ts'
import {groupOf, groups} from './case.ts'
import {cases} from './cases.ts'
import type {Results} from './report.ts'
import {runCases} from './run.ts'
import {formatTable, replaceTable} from './table.ts'

const adapters: Record<string, Adapter> = {
  boardcast,
  nchan,
  'better-sse': betterSse,
  'better-sse-history': betterSseHistory,
  plain,
  'plain-history': plainHistory,
}
const folder = new URL('results/', import.meta.url)
const page = new URL('../docs/conformance.md', import.meta.url)

const chosen = process.argv.slice(2)
mkdirSync(folder, {recursive: true})
for (const [name, adapter] of Object.entries(adapters)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  console.log(`Running ${cases.length} cases against ${adapter.name} …`)
  writeFileSync(fileOf(name), formatJson(await runAgainst(adapter)))
}
const all = Object.keys(adapters).map(name => JSON.parse(readFileSync(fileOf(name), 'utf8')) as Results)
writeFileSync(page, replaceTable(readFileSync(page, 'utf8'), formatTable(all, cases)))
process.exit()

/** Writes each result on one line, so that a change of one result is a change of one line. */
function formatJson({results, ...server}: Results): string {
  const lines = results.map(result => `    ${JSON.stringify(result)}`)
  return `${JSON.stringify(server, undefined, 2).slice(0, -2)},\n  "results": [\n${lines.join(',\n')}\n  ]\n}\n`
}

function fileOf(name: string): URL {
  return new URL(`${name}.json`, folder)
}

/**
 * Each group of cases has a server of its own, so that the events of one group do not fill the history of another. A
 * server that stores its events runs all groups.
 */
async function runAgainst(adapter: Adapter): Promise<Results> {
  const missing = adapter.missing?.()
  if (missing) throw new Error(`${adapter.name} cannot run: ${missing}.`)
  let target = await adapter.start({options: {}})
  const {version} = target
  try {
    const results: Results['results'] = []
    for (const group of groups) {
      const own = cases.filter(each => groupOf(each) === group)
      // Each run has other durations, so the durations are not stored.
      results.push(...(await runCases(target, {cases: own})).map(({durationMs: _, ...result}) => result))
      if (target.resume?.isDurable) continue
      await target.stop()
      target = await adapter.start({options: {}})
    }
    return {server: adapter.name, ...(version && {version}), results}
  } finally {
    await target.stop()
  }
}
