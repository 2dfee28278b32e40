/** The command line of the suite: `npm run conformance -- --help`. */
import {writeFileSync} from 'node:fs'
import {pathToFileURL} from 'node:url'
import {parseArgs} from 'node:util'
import type {Adapter} from './adapter.ts'
import {groups} from './case.ts'
import {cases} from './cases.ts'
import {formatResults, hasFailed} from './report.ts'
import {type CaseResult, runCases} from './run.ts'

const builtIn = ['boardcast', 'better-sse', 'better-sse-history', 'nchan', 'plain', 'plain-history', 'url']

const help = `Checks whether a server of Server-Sent Events conforms to the standards, and to good practice.

npm run conformance -- --adapter <name or path> [options]

  --adapter <name or path>  ${builtIn.join(', ')}; or the path of a module with an adapter
  --url <url>               the URL of a stream, for adapters that do not start the server themselves
  --option <name=value>     an option of the adapter; can be repeated
  --only <prefix,…>         only the cases whose id begins with one of these: a group or an id
  --patience <ms>           how long the suite waits for something that must happen; default: 5000
  --json [file]             prints the results as JSON, or writes them to the file
  --verbose                 prints each result when the result arrives
  --list                    prints all cases with their level, source and requirement
  --help

Groups: ${groups.join(', ')}

The exit code is 0 when no case of the level must or should has failed, 1 when such a case has failed, and 2 when the
suite could not run. A failed case of the level may is only listed.
`

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 2
})
// A server that does not stop must not keep the suite running.
process.exit()

async function main(args: string[]): Promise<number> {
  const {values} = parseArgs({
    args: args.flatMap((arg, index) =>
      arg === '--json' && isOption(args[index + 1]) ? ['--json', '-'] : [arg],
    ),
    options: {
      adapter: {type: 'string'},
      url: {type: 'string'},
      option: {type: 'string', multiple: true, default: []},
      only: {type: 'string'},
      patience: {type: 'string', default: '5000'},
      json: {type: 'string'},
      verbose: {type: 'boolean', default: false},
      list: {type: 'boolean', default: false},
      help: {type: 'boolean', default: false},
    },
  })
  if (values.help) return print(help)
  const chosen = cases.filter(({id}) => isChosen(id, values.only))
  if (values.list) {
    return print(
      chosen
        .map(({id, level, requirement, source}) => `${id} (${level}; ${source})\n  ${requirement}`)
        .join('\n'),
    )
  }
  if (!values.adapter) throw new Error('The option --adapter is missing. See --help.')
  const adapter = await loadAdapter(values.adapter)
  const missing = adapter.missing?.()
  if (missing) throw new Error(`The server cannot run: ${missing}.`)
  const target = await adapter.start({url: values.url, options: readOptions(values.option)})
  try {
    const results = await runCases(target, {
      cases: chosen,
      patienceMs: Number(values.patience),
      onResult: result => values.verbose && console.error(describe(result)),
    })
    const named = {server: adapter.name, ...(target.version && {version: target.version}), results}
    const json = `${JSON.stringify(named, undefined, 2)}\n`
    if (values.json && values.json !== '-') writeFileSync(values.json, json)
    print(values.json === '-' ? json : formatResults(named, cases))
    return hasFailed(results) ? 1 : 0
  } finally {
    await target.stop()
  }
}

function isOption(arg: string | undefined): boolean {
  return arg === undefined || arg.startsWith('--')
}

function isChosen(id: string, only: string | undefined): boolean {
  return only === undefined || only.split(',').some(prefix => id === prefix || id.startsWith(`${prefix}.`))
}

async function loadAdapter(name: string): Promise<Adapter> {
  const specifier = builtIn.includes(name)
    ? import.meta.resolve(`./adapters/${name}.js`)
    : pathToFileURL(name).href
  return (await import(specifier)).default
}

function readOptions(options: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    options.map(option => {
      const index = option.indexOf('=')
      if (index < 1) throw new Error(`--option ${option} has no value. Write --option name=value.`)
      return [option.slice(0, index), option.slice(index + 1)]
    }),
  )
}

function describe({id, level, outcome, message, durationMs}: CaseResult): string {
  return `${outcome.padEnd(14)} ${level.padEnd(6)} ${id} (${durationMs} ms)${message ? `: ${message}` : ''}`
}

function print(text: string): number {
  console.log(text)
  return 0
}
