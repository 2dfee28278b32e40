/** Measures the import of a large file, and how much it delays the events of other changes. */
import {mintToken} from '../../../src/identity/mint-token.ts'
import type {Processes} from '../processes.ts'
import {organization} from '../servers/organization.ts'
import {percentile} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const cards = 10_000
const lists = 20
const readers = 100
const changesPerSecond = 20
const tasks = 25
const rounds = 6 // a round takes 2.5 s

export async function importRow(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const databaseUrl = await postgres.createDatabase()
  const {child, port, request, readyMark} = await processes.server('boardcast', {databaseUrl})
  const board = await child.call('makeBoard', {organization, tasks})
  const load = processes.load()
  await load.call('open', {port, count: readers, requests: [request], readyMark, maxPending: 100})
  const measure = async () => (await load.call('latenciesAt', {...board, times: 1, changesPerSecond}))[0]!
  const secret = await child.call('secret')
  const token = await mintToken({secret}, {subject: 'worker', organization, role: 'member', lifetime: 3600})
  const post = async (path: string, body: string) => {
    const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
    const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {method: 'POST', headers, body})
    if (!response.ok) throw new Error(await response.text())
    return response.json()
  }

  await measure() // warms up, so that V8 compiles the code
  const without: number[] = []
  for (let round = 0; round < rounds; round++) without.push(...(await measure()))

  const file = trelloFile()
  const project = await post('/projects', JSON.stringify({name: 'Imported'}))
  const importSeconds = async () => {
    const startedAt = performance.now()
    const report = await post(`/projects/${project.id}/imports`, file)
    return {report, seconds: (performance.now() - startedAt) / 1_000}
  }
  let isRunning = true
  const first = importSeconds().finally(() => {
    isRunning = false
  })
  first.catch(() => {}) // thrown below
  const during: number[] = []
  while (isRunning) during.push(...(await measure()))
  const {report, seconds} = await first
  if (report.created.tasks !== cards) throw new Error(`Only ${report.created.tasks} tasks were created`)
  const again = await importSeconds()

  return {
    title: `Import of a Trello board with ${cards.toLocaleString('en-US')} cards`,
    columns: ['', 'seconds', 'p50 ms', 'p99 ms'],
    lines: [
      ['no import', '', percentile(without, 0.5), percentile(without, 0.99)],
      ['during the import', seconds, percentile(during, 0.5), percentile(during, 0.99)],
      ['the same file again', again.seconds, '', ''],
    ],
    notes: [
      `The file has ${Math.round(file.length / 1024 ** 2)} MB. Each card has a description, a label and a checklist of two items, and every other card has a comment. The store is Postgres.`,
      `The times are from the request for a change until each of ${readers} readers of the same organization has its event, at ${changesPerSecond} changes/s.`,
    ],
    bars: [
      atMost('import of 10,000 cards', 60, 's', seconds),
      atMost(
        'p99 of events during an import',
        2,
        '× without',
        percentile(during, 0.99) / percentile(without, 0.99),
      ),
    ],
  }
}

function trelloFile(): string {
  const range = (count: number) => Array.from({length: count}, (_, index) => index)
  return JSON.stringify({
    lists: range(lists).map(index => ({id: `l${index}`, name: `List ${index}`, pos: index})),
    labels: range(10).map(index => ({id: `y${index}`, name: `Label ${index}`, color: 'blue'})),
    cards: range(cards).map(index => ({
      id: `c${index}`,
      idList: `l${index % lists}`,
      name: `Card ${index}`,
      desc: `Description of the card ${index}. `.repeat(15),
      pos: index,
      idLabels: [`y${index % 10}`],
    })),
    checklists: range(cards).map(index => ({
      id: `k${index}`,
      idCard: `c${index}`,
      checkItems: [
        {name: 'First', state: 'complete', pos: 1},
        {name: 'Second', state: 'incomplete', pos: 2},
      ],
    })),
    actions: range(cards / 2).map(index => ({
      id: `n${index}`,
      type: 'commentCard',
      date: '2026-01-01T10:00:00.000Z',
      data: {text: `Comment ${index}`, card: {id: `c${2 * index}`}},
      memberCreator: {fullName: 'Somebody'},
    })),
  })
}
