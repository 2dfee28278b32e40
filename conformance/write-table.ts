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
  writeFileSync(fileOf(name), `${JSON.stringify(await runAgainst(adapter), undefined, 1)}\n`)
}
const all = Object.keys(adapters).map(name => JSON.parse(readFileSync(fileOf(name), 'utf8')) as Results)
writeFileSync(page, replaceTable(readFileSync(page, 'utf8'), formatTable(all, cases)))
process.exit()

function fileOf(name: string): URL {
  return new URL(`${name}.json`, folder)
}

async function runAgainst(adapter: Adapter): Promise<Results> {
  const missing = adapter.missing?.()
  if (missing) throw new Error(`${adapter.name} cannot run: ${missing}.`)
  const target = await adapter.start({options: {}})
  try {
    // Each run has other durations, so the durations are not stored.
    const results = (await runCases(target, {cases})).map(({durationMs: _, ...result}) => result)
    return {server: adapter.name, ...(target.version && {version: target.version}), results}
  } finally {
    await target.stop()
  }
}
