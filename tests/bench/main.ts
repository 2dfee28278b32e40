/**
 * npm run bench                      all rows of a full run
 * npm run bench -- fan-out latency   only these rows
 * npm run bench -- --out file.json   also writes the results as JSON
 * npm run bench -- --servers boardcast,ws fan-out    only these servers, where a row compares servers
 * npm run bench -- --node 20,24,26 fan-out latency   these rows on several versions of Node, side by side
 */
import {writeFileSync} from 'node:fs'
import {parseArgs} from 'node:util'
import {machine} from './machine.ts'
import {compareVersions} from './node-versions.ts'
import {Processes} from './processes.ts'
import {bus} from './rows/bus.ts'
import {busChanges} from './rows/bus-changes.ts'
import {changes} from './rows/changes.ts'
import {channels} from './rows/channels.ts'
import {checkpoints} from './rows/checkpoints.ts'
import {compressedBodies} from './rows/compressed-bodies.ts'
import {connects} from './rows/connects.ts'
import {deadConnection} from './rows/dead-connection.ts'
import {drain} from './rows/drain.ts'
import {embedded} from './rows/embedded.ts'
import {fanOut} from './rows/fan-out.ts'
import {firstLoad} from './rows/first-load.ts'
import {heap} from './rows/heap.ts'
import {heldRow} from './rows/held-row.ts'
import {hostileConnections} from './rows/hostile-connections.ts'
import {idle, idle50k} from './rows/idle.ts'
import {idlePolls} from './rows/idle-polls.ts'
import {importRow} from './rows/import.ts'
import {joiningStorm} from './rows/joining-storm.ts'
import {keyed} from './rows/keyed.ts'
import {large} from './rows/large.ts'
import {largeLog} from './rows/large-log.ts'
import {latency} from './rows/latency.ts'
import {organizationFlood} from './rows/organization-flood.ts'
import {organizationsRow} from './rows/organizations.ts'
import {page} from './rows/page.ts'
import {pageOutage} from './rows/page-outage.ts'
import {profile, profileChanges, profileStorm} from './rows/profile.ts'
import {revocation} from './rows/revocation.ts'
import {search} from './rows/search.ts'
import {streamChurn} from './rows/stream-churn.ts'
import {workers} from './rows/workers.ts'
import {formatBars, formatResult, type Result} from './table.ts'

type Row = (processes: Processes) => Promise<Result>

const fullRun: Record<string, Row> = {
  'fan-out': fanOut,
  latency,
  idle,
  'idle-polls': idlePolls,
  connects,
  'joining-storm': joiningStorm,
  changes,
  channels,
  checkpoints,
  keyed,
  bus,
  'bus-changes': busChanges,
  workers,
  organizations: organizationsRow,
  'dead-connection': deadConnection,
  'held-row': heldRow,
  large,
  'large-log': largeLog,
  search,
  import: importRow,
  'organization-flood': organizationFlood,
  'compressed-bodies': compressedBodies,
  'hostile-connections': hostileConnections,
  revocation,
  drain,
  embedded,
  'first-load': firstLoad,
  page,
  'page-outage': pageOutage,
}
/** The rows that run only when the command line contains their names. */
const onDemand: Record<string, Row> = {
  'idle-50k': idle50k,
  'stream-churn': streamChurn,
  profile,
  'profile-storm': profileStorm,
  'profile-changes': profileChanges,
  heap,
}
const rows = {...fullRun, ...onDemand}

const options = {out: {type: 'string'}, node: {type: 'string'}, servers: {type: 'string'}} as const
const {values, positionals} = parseArgs({options, allowPositionals: true})
const unknown = positionals.filter(name => !rows[name])
if (unknown.length > 0) {
  console.error(`Unknown row: ${unknown.join(', ')}. The rows are ${Object.keys(rows).join(', ')}.`)
  process.exit(2)
}

if (values.node) {
  console.log(formatResult(compareVersions(values.node.split(','), positionals)))
  process.exit()
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const processes = new Processes(values.servers?.split(','))
process.once('exit', () => processes.close())

console.log(
  `${Object.entries(machine)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')}\n`,
)
const results: Record<string, Result> = {}
for (const name of positionals.length > 0 ? positionals : Object.keys(fullRun)) {
  const startedAt = performance.now()
  try {
    results[name] = await rows[name]!(processes)
    console.log(formatResult(results[name]))
  } catch (error) {
    console.error(`${name} failed:`, error)
    process.exitCode = 1
  } finally {
    await processes.stop()
  }
  console.error(`(${name}: ${Math.round((performance.now() - startedAt) / 1000)} s)\n`)
}
const bars = Object.values(results).flatMap(({bars = []}) => bars)
if (bars.length > 0) console.log(formatBars(bars))
if (values.out) writeFileSync(values.out, JSON.stringify({machine, results}, null, 2))
