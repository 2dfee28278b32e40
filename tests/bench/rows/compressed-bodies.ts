/** Measures the requests of a member while clients without a credential send compressed bodies to the sign-in. */
import {randomBytes} from 'node:crypto'
import {mintToken} from '../../../src/identity/mint-token.ts'
import {bracketBomb, compressed} from '../../attacks/run/hostilities.ts'
import type {Asked} from '../load/flood.ts'
import type {Load, Processes} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import {median} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const connections = 32
const pauseMs = 100
const rounds = 5
const measuredMs = 3_000
const warmUpMs = 3_000

export async function compressedBodies(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const secret = randomBytes(32).toString('hex')
  const {port} = await processes.program({
    DATABASE_URL: await postgres.createDatabase(),
    AUTH_JWT_SECRET: secret,
  })
  const token = await mintToken({secret}, {subject: 'member', organization: 'victim', lifetime: 3600})
  const [member, attackers] = [processes.load(), processes.load()]
  const request = formatRequest('GET', '/projects', token)
  const ask = (milliseconds: number) => member.call('ask', {port, request, milliseconds, pauseMs: 5})
  await ask(warmUpMs)

  const samples: {without: Asked; paced: Asked; unpaced: Asked}[] = []
  let statuses: Record<number, number> = {}
  for (let round = 0; round < rounds; round++) {
    // The measurements `without` and `paced` are compared with each other, so one measurement directly follows the
    // other. The order of the two measurements changes in each round.
    const before = round % 2 === 0 ? await ask(measuredMs) : undefined
    const paced = await during(attackers, port, pauseMs, () => ask(measuredMs))
    const without = before ?? (await ask(measuredMs))
    const unpaced = await during(attackers, port, 0, () => ask(measuredMs))
    samples.push({without, paced: paced.result, unpaced: unpaced.result})
    statuses = paced.statuses
  }
  const figure = (name: 'without' | 'paced' | 'unpaced', of: 'p50' | 'p99') =>
    median(samples.map(sample => sample[name][of]))
  const failed = samples.reduce((sum, {paced, unpaced}) => sum + paced.failed + unpaced.failed, 0)
  const line = (label: string, name: 'without' | 'paced' | 'unpaced') => [
    label,
    figure(name, 'p50'),
    figure(name, 'p99'),
  ]
  const perSecond = connections * (1_000 / pauseMs)
  return {
    title: `Requests of a member while ${connections} connections send a compressed body to the sign-in`,
    columns: ['', 'p50 ms', 'p99 ms'],
    lines: [
      line('no attack', 'without'),
      line(`at most ${perSecond} bodies/s`, 'paced'),
      line('without a pause', 'unpaced'),
    ],
    notes: [
      `The body has ${bracketBomb.length} bytes. Decompressed, it consists of a million brackets. A connection sends the next body ${pauseMs} ms after a response, or immediately. The responses of the last round: ${formatStatuses(statuses)}.`,
      'The member reads its projects from Postgres, one request at a time. Each figure is the median of several rounds. The bar is the median of the ratios of the rounds. Without a pause, the connections use all CPU time that the server and the load generator have.',
    ],
    bars: [
      atMost(
        'p50 of a member during the attack',
        1.5,
        '× without',
        median(samples.map(({paced, without}) => paced.p50 / without.p50)),
      ),
      atMost('failed requests of the member', 0, '', failed),
    ],
  }
}

async function during<T>(attackers: Load, port: number, pauseMs: number, work: () => Promise<T>) {
  const headers = {'Sec-Fetch-Site': 'same-origin'}
  const request = compressed('/api/v1/session', headers, 'br', bracketBomb).toString('latin1')
  await attackers.call('startFlood', {port, request, connections, pauseMs})
  const result = await work()
  return {result, statuses: await attackers.call('stopFlood')}
}

function formatStatuses(statuses: Record<number, number>): string {
  return Object.entries(statuses)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ')
}
