/**
 * Sends random requests to every operation that has parameters or a body. No request may fail inside the server. No
 * response and no stream may contain an id or a word of another organization.
 */
import fc from 'fast-check'
import {type Role, roles} from '../../../src/board/member.ts'
import {bodyText, idOf, type KnownIds, parameterValue} from './arbitraries.ts'
import {type Answer, type Client, type Sent, sendAs} from './client.ts'
import {faultsOf} from './matrix.ts'
import {bodyOf, type PlannedOperation, pathOf} from './plans.ts'
import {signatureOf} from './signature.ts'
import {StreamWatch} from './stream-watch.ts'
import {digestOf, type Organization, traceOf, type World, type WorldTools} from './world.ts'

export interface CasesOptions {
  /** The number of random requests. */
  cases: number
  seed: number
}

export interface CasesResult {
  cases: number
  /** How many responses had each status. */
  statuses: ReadonlyMap<number, number>
  findings: string[]
}

interface Case {
  operation: PlannedOperation
  /** The part of the path that names the resource. */
  id: string
  role: Role
  query: Record<string, string>
  headers: Record<string, string>
  rawBody?: string
}

export async function runCases(
  operations: readonly PlannedOperation[],
  {db, client, transcript, world, port}: WorldTools & {world: World; port: number},
  {cases, seed}: CasesOptions,
): Promise<CasesResult> {
  const {attacked, other} = world
  const findings: string[] = []
  const statuses = new Map<number, number>()
  const watchOf = async (organization: Organization, stranger: Organization) => {
    const watch = await StreamWatch.open(port, organization.tokens.member, '', transcript)
    watch.onBlock = block => {
      const trace = traceOf(stranger, block)
      if (trace.length > 0) findings.push(`A stream contains ${trace.join(', ')} of another organization.`)
    }
    return watch
  }
  const watches = [await watchOf(attacked, other), await watchOf(other, attacked)]
  const before = await digestOf(db, other.id)

  const check = async (one: Case) => {
    const sent = await sentOf(one, attacked)
    const answer = await client.send(sent)
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    const faults = [...faultsOf(one.operation, answer), ...leaksOf(answer, sent, other)]
    if (faults.length > 0) throw new Error(faults.join('; '))
  }
  const shares = await Promise.all(
    shareOut(operations.filter(hasInput), cases).map(async ({operation, numRuns}, index) => {
      const property = fc.asyncProperty(caseOf(operation, idsOf(world)), check)
      const details = await fc.check(property, {numRuns, seed: seed + index, endOnFailure: true})
      if (details.failed) findings.push(`${operation.name}: ${describeFailure(details)}`)
      return details.numRuns
    }),
  )

  for (const [index, organization] of [attacked, other].entries()) {
    const watch = watches[index]!
    await watch.reach(await headOf(client, organization))
    watch.close()
    findings.push(...watch.findings)
  }
  if ((await digestOf(db, other.id)) !== before)
    findings.push('A request changed the data of another organization.')
  return {cases: shares.reduce((sum, share) => sum + share, 0), statuses, findings}
}

function describeFailure({errorInstance, counterexample}: fc.RunDetails<[Case]>): string {
  const {operation: _, ...sent} = counterexample![0]
  return `${(errorInstance as Error).message}, after ${JSON.stringify(sent)}`
}

/**
 * The path is the only input of an operation that deletes a resource. The operation that deletes several tasks has no
 * random cases, because the other operations need the tasks.
 */
function hasInput({method, body, parameters, path}: PlannedOperation): boolean {
  return (
    method !== 'DELETE' &&
    !path.endsWith('/deletions') &&
    (body !== undefined || parameters.length > 0 || path.includes('{'))
  )
}

/** An operation with a body has more kinds of input, so the operation receives more cases. */
function shareOut(operations: readonly PlannedOperation[], cases: number) {
  const weightOf = ({body}: PlannedOperation) => (body ? 3 : 1)
  const total = operations.reduce((sum, operation) => sum + weightOf(operation), 0)
  return operations.map(operation => ({
    operation,
    numRuns: Math.ceil((cases * weightOf(operation)) / total),
  }))
}

function caseOf(operation: PlannedOperation, ids: KnownIds): fc.Arbitrary<Case> {
  const {body, parameters, plan} = operation
  const parametersIn = (place: 'query' | 'header') => {
    const values = parameters
      .filter(parameter => parameter.in === place)
      .map(parameter => [parameter.name, parameterValue(parameter, ids)])
    return fc.record(Object.fromEntries(values), {requiredKeys: []}) as fc.Arbitrary<Record<string, string>>
  }
  const id = fc.oneof({weight: 9, arbitrary: pathIdOf(plan, ids)}, {weight: 1, arbitrary: oddPathId})
  return fc
    .record({
      id,
      role: fc.constantFrom(...roles, 'member' as const, 'admin' as const),
      // Most requests have no parameters, because most random parameters are refused.
      query: fc.oneof(noParameters, parametersIn('query')),
      headers: fc.oneof({weight: 3, arbitrary: noParameters}, parametersIn('header').filter(isSendable)),
      ...(body && {rawBody: bodyText(body, ids)}),
    })
    .map(parts => ({operation, ...parts}))
}

const noParameters = fc.constant<Record<string, string>>({})

function pathIdOf({kind}: PlannedOperation['plan'], ids: KnownIds): fc.Arbitrary<string> {
  return fc.oneof({weight: 5, arbitrary: fc.constant(kind ?? '')}, {weight: 1, arbitrary: idOf(ids)})
}

const oddPathId = fc.constantFrom(
  '%00',
  '..%2f..',
  '%ff',
  "'--",
  '1',
  'null',
  '__proto__',
  'x'.repeat(5_000),
  '%F0%9F%9A%80',
  ';a=b',
)

function sentOf({operation, id, role, query, headers, rawBody}: Case, organization: Organization): Sent {
  const {ids, tokens} = organization
  const {method, path, security, plan} = operation
  const isKind = Object.hasOwn(ids, id)
  const own: Record<string, string> =
    security.length === 0 ? {'sec-fetch-site': 'same-origin'} : {authorization: `Bearer ${tokens[role]}`}
  const body = rawBody === undefined ? bodyOf(operation, organization, id) : undefined
  if (path === '/api/v1/hooks/github/{project_id}') {
    own['x-hub-signature-256'] = signatureOf(organization.word, rawBody ?? '')
  }
  return {
    method,
    path: pathOf(operation, isKind ? ids[id as keyof typeof ids] : id),
    query: {...plan.query, ...query},
    headers: {...own, ...headers},
    ...(rawBody !== undefined && {rawBody}),
    ...(body !== undefined && {body}),
  }
}

function isSendable(headers: Record<string, string>): boolean {
  return Object.values(headers).every(value => /^[\t\x20-\x7e\x80-\xff]*$/.test(value))
}

/**
 * Returns a finding for each id or word of the other organization in the response. An error response is allowed to repeat a
 * value of the request.
 */
function leaksOf({status, text}: Answer, {path, query, rawBody = ''}: Sent, other: Organization): string[] {
  const request = `${path} ${JSON.stringify(query)} ${rawBody}`
  return traceOf(other, text)
    .filter(value => status < 400 || !request.includes(value))
    .map(value => `the response contains ${value} of another organization`)
}

function idsOf({attacked, other}: World): KnownIds {
  return {own: Object.values(attacked.ids), foreign: Object.values(other.ids)}
}

async function headOf(client: Client, {tokens}: Organization): Promise<string> {
  const {headers} = await sendAs(client, tokens.admin)({method: 'GET', path: '/api/v1/members'})
  return headers['event-id']!
}
