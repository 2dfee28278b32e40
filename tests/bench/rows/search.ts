/** Measures searches in an organization with many tasks, beside reads of one task in the same run. */
import {mintToken} from '../../../src/identity/mint-token.ts'
import type {Processes} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import {organization} from '../servers/organization.ts'
import {percentile} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const tasks = 100_000
const requestsPerCase = 500
const rounds = 2

export async function search(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const {child, port} = await processes.server('large', {databaseUrl: await postgres.createDatabase()})
  const load = processes.load()
  const {taskIds, keys} = await child.call('makeTexts', tasks)
  const token = await mintToken(
    {secret: await child.call('secret')},
    {subject: 'worker', organization, lifetime: 3600},
  )
  const searchFor = (query: string) => `/search?q=${encodeURIComponent(query)}`
  const cases: Record<string, (number: number) => string> = {
    'read a task by its id': number => `/tasks/${taskIds[number % taskIds.length]}`,
    'a key': number => searchFor(keys[number % keys.length]!),
    'a word of one task': number => searchFor(`t${10_000 + number}`),
    'a word of a few hundred tasks': number => searchFor(`w${4_000 + number}`),
    'a word of thousands of tasks': number => searchFor(`w${number % 20}`),
    'two words': number => searchFor(`w${10 + (number % 40)} w${1_000 + number}`),
    'the beginning of many words': number => searchFor(`w${1 + (number % 9)}`),
  }
  const times: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, pathOf] of Object.entries(cases)) {
      const paths = Array.from({length: requestsPerCase / rounds}, (_, index) => pathOf(2 * index + round))
      const requests = paths.map(path => formatRequest('GET', path, token))
      times[name] = [...(times[name] ?? []), ...(await load.call('timeRequests', {port, requests}))]
    }
  }
  const [read = [], ...searches] = Object.values(times)
  return {
    title: `Searches in an organization with ${tasks} tasks`,
    columns: ['search', 'p50 ms', 'p99 ms'],
    lines: Object.entries(times).map(([name, ms]) => [name, percentile(ms, 0.5), percentile(ms, 0.99)]),
    notes: [
      `Each task has 16 words and a word of its own. One client sends the requests one after another: ${requestsPerCase} of each kind, each with 20 results at most.`,
      'The store is Postgres.',
    ],
    bars: [
      atMost('p99 of a search', 100, 'ms', percentile(searches.flat(), 0.99)),
      atMost('p50 of a search', 20, 'times a read', percentile(searches.flat(), 0.5) / percentile(read, 0.5)),
    ],
  }
}
