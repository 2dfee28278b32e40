/** Sends every operation as every caller, and compares the statuses with the expected statuses. */
import {roles} from '../../../src/board/member.ts'
import type {Caller} from './caller.ts'
import {callersOf} from './callers.ts'
import type {Cell, MatrixTools} from './cell.ts'
import type {Answer, Client, Send, Sent} from './client.ts'
import {inParallel} from './in-parallel.ts'
import {makeNew} from './new-resources.ts'
import {bodyOf, type PlannedOperation, pathOf} from './plans.ts'
import {sessionCells} from './session-cells.ts'
import {digestOf, type Organization, traceOf} from './world.ts'

export interface MatrixResult {
  cells: number
  findings: string[]
}

/**
 * With a `share` of 3, sends every third request, counted through all operations. Every operation then occurs, but not with
 * every caller. Default 1: all requests.
 */
export async function runMatrix(
  operations: readonly PlannedOperation[],
  tools: MatrixTools,
  share = 1,
): Promise<MatrixResult> {
  const {db, world} = tools
  const all = [
    ...operations.flatMap(operation =>
      callersOf(operation, tools).map(caller => ({
        operation,
        caller,
        expected: expectedStatus(operation, caller),
      })),
    ),
    ...sessionCells(operations, tools),
  ]
  const cells = all.filter((_, index) => index % share === 0)
  const isForeign = ({caller}: Cell) => caller.standing === 'foreign'
  // A request that ends sessions also ends sessions that other cells use. Therefore, the requests that end sessions are
  // sent last, one by one.
  const endsSessions = ({operation, expected}: Cell) => operation.plan.endsSessions && expected < 400
  const isRefused = (cell: Cell) => !isForeign(cell) && cell.expected >= 400
  const findings: string[] = []

  // A refused request must change nothing.
  const refused = await prepareCells(cells.filter(isRefused), tools)
  const before = await digestOf(db, world.attacked.id)
  findings.push(...(await runCells(refused, tools)))
  if ((await digestOf(db, world.attacked.id)) !== before) findings.push('A refused request changed the data.')

  // A caller of another organization must not change or read any data of the attacked organization.
  const foreign = await digestOf(db, world.attacked.id)
  findings.push(
    ...(await runCells(
      cells.filter(isForeign).filter(cell => !endsSessions(cell)),
      tools,
    )),
  )
  if ((await digestOf(db, world.attacked.id)) !== foreign) {
    findings.push('A request of another organization changed the data.')
  }

  const other = await digestOf(db, world.other.id)
  const allowed = cells.filter(cell => !isForeign(cell) && !isRefused(cell) && !endsSessions(cell))
  findings.push(...(await runCells(allowed, tools)))
  if ((await digestOf(db, world.other.id)) !== other) {
    findings.push('A request of a member changed the data of another organization.')
  }
  findings.push(...(await runCells(cells.filter(endsSessions), tools, 1)))
  return {cells: cells.length, findings}
}

function expectedStatus({plan, security, path, success, role}: PlannedOperation, {standing}: Caller): number {
  if (security.length === 0) return plan.everyone!
  if (standing === 'unknown') return 401
  if (standing === 'forbidden') return 403
  if (standing === 'foreign') return plan.foreign ?? (path.includes('{') ? 404 : success)
  return roles.indexOf(standing) >= roles.indexOf(role) ? success : 403
}

/** Sends the requests with which callers obtain credentials. These requests change data, so they are sent first. */
async function prepareCells(cells: readonly Cell[], {client}: MatrixTools): Promise<Cell[]> {
  const ready: Cell[] = []
  await inParallel(cells, async cell => ready.push({...cell, caller: await prepared(cell.caller, client)}))
  return ready
}

async function prepared({prepare, ...caller}: Caller, client: Client): Promise<Caller> {
  return prepare ? {...caller, ...(await prepare(client))} : caller
}

async function runCells(cells: readonly Cell[], tools: MatrixTools, atOnce = 8): Promise<string[]> {
  const findings: string[] = []
  await inParallel(cells, async cell => findings.push(...(await runCell(cell, tools))), atOnce)
  return findings
}

async function runCell(cell: Cell, {client, world}: MatrixTools): Promise<string[]> {
  const {operation, caller, expected} = cell
  const sent = await requestOf(cell, client, world.attacked)
  const answer = await client.send(sent)
  const findings = faultsOf(operation, answer)
  if (answer.status !== expected) findings.push(`the status is ${answer.status}, not ${expected}`)
  const isRefused = caller.standing === 'forbidden' && expected >= 400
  if (isRefused || caller.standing === 'foreign' || caller.standing === 'unknown') {
    // An error response is allowed to repeat an id of the body.
    const sentBody = answer.status < 400 ? '' : JSON.stringify(sent.body ?? null)
    const trace = traceOf(world.attacked, answer.text).filter(value => !sentBody.includes(value))
    if (trace.length > 0) findings.push(`the response contains ${trace.join(', ')}`)
  }
  return findings.map(finding => `${operation.name} with ${caller.name}: ${finding}`)
}

async function requestOf(cell: Cell, client: Client, attacked: Organization): Promise<Sent> {
  const {operation, caller, expected} = cell
  const {plan, method} = operation
  const {headers, query, standing} = await prepared(caller, client)
  const send: Send = sent => client.send({...sent, headers, query})
  const isRole = roles.some(role => role === standing)
  const isNew = plan.needsNew && isRole && expected < 400
  const id = isNew ? await makeNew(plan, send, client, attacked) : plan.kind ? attacked.ids[plan.kind] : ''
  const body = 'body' in cell ? cell.body : bodyOf(operation, attacked, id)
  const ownPage = operation.security.length === 0 ? {'sec-fetch-site': 'same-origin'} : {}
  return {
    method,
    path: pathOf(operation, id),
    headers: {...ownPage, ...headers},
    query: {...plan.query, ...query},
    ...(body !== undefined && {body}),
  }
}

/** Returns the parts of this response that the contract does not declare. */
export function faultsOf({problems, success}: PlannedOperation, answer: Answer): string[] {
  const {status, headers, body, isInvalidJson} = answer
  if (isInvalidJson) return ['the response is not valid JSON']
  if (status === success) return []
  if (status === 0 || status >= 500) return [`the status is ${status}: ${body?.code}`]
  const codes = problems.get(status)
  if (!codes) return [`the contract does not declare the status ${status}`]
  if (headers['content-type'] !== 'application/problem+json') return ['the response is no problem']
  return codes.includes(body.code) ? [] : [`the contract does not declare ${body.code} with status ${status}`]
}
