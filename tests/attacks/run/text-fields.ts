/** The text fields of an operation: text fields in the body, in the parameters, and in the payloads from GitHub. */
import {randomBytes, randomUUID} from 'node:crypto'
import {type Answer, type Send, type Sent, sendAs} from './client.ts'
import {contains} from './contains.ts'
import type {Parameter} from './contract.ts'
import {makeNew} from './new-resources.ts'
import {bodyOf, type PlannedOperation, pathOf} from './plans.ts'
import {type TextField, textFieldsOf} from './schemas.ts'
import {signatureOf} from './signature.ts'
import type {World, WorldTools} from './world.ts'

export interface FieldTools extends WorldTools {
  world: World
}

export interface AttackedField {
  name: string
  operation: PlannedOperation
  /**
   * Where the run looks for the stored text. `event`: the event of the change contains exactly the text.
   * `end in an event`: some event contains the last two words of the text. `later request`: see `isStored`.
   * `nothing`: the server stores no text of this field.
   */
  check: 'event' | 'end in an event' | 'later request' | 'nothing'
  /** Returns the text that is sent, or undefined when a client cannot send this text. */
  textOf(hostile: string): string | undefined
  send(text: string): Promise<Answer>
  /** Sends a later request. Returns whether the text is stored exactly. */
  isStored(text: string, answer: Answer): Promise<boolean>
}

export function attackedFieldsOf(operation: PlannedOperation, tools: FieldTools): AttackedField[] {
  if (operation.path === '/api/v1/hooks/github/{project_id}') return webhookFields(operation, tools)
  const inBody = operation.body ? textFieldsOf(operation.body) : []
  return [
    ...inBody.map(field =>
      field.path === 'secret' ? secretField(operation, field, tools) : bodyField(operation, field, tools),
    ),
    // A text without a scheme is not a URL.
    ...inBody
      .filter(({isUrl}) => isUrl)
      .map(field => ({
        ...bodyField(operation, field, tools),
        name: `${operation.name} ${field.path} after a scheme`,
        textOf: (text: string) => `https://example.com/${text}`,
      })),
    ...operation.parameters.map(parameter => parameterField(operation, parameter, tools)),
  ]
}

function bodyField(operation: PlannedOperation, field: TextField, tools: FieldTools): AttackedField {
  const send = sender(operation, tools)
  let path = ''
  return {
    name: `${operation.name} ${field.path}`,
    operation,
    check: 'event',
    textOf: text => text,
    async send(text) {
      path = pathOf(operation, await newId(operation, send, tools))
      return send({method: operation.method, path, body: field.fill(text)})
    },
    async isStored(text, {headers, body}) {
      const isExact = (data: unknown) => contains(data, value => value === text)
      const {readAt = () => path} = operation.plan
      const isEdit = operation.method === 'PATCH'
      const readPath = headers.location ?? (isEdit ? readAt(tools.world.attacked) : undefined)
      if (readPath === undefined) return isExact(body)
      const viewer = sendAs(tools.client, tools.world.attacked.tokens.viewer)
      const read = await viewer({method: 'GET', path: readPath})
      return isExact(body) && isExact(read.body)
    },
  }
}

/**
 * No response contains the secret of a webhook, so the run sends a delivery that is signed with the secret. If the
 * server accepts the delivery, the secret is stored.
 */
function secretField(operation: PlannedOperation, field: TextField, tools: FieldTools): AttackedField {
  const send = sender(operation, tools)
  let project = ''
  return {
    name: `${operation.name} ${field.path}`,
    operation,
    check: 'later request',
    textOf: text => `${text} ${randomBytes(16).toString('hex')}`,
    async send(text) {
      project = await makeNew({kind: 'project'}, send, tools.client, tools.world.attacked)
      tools.transcript.addCredential('the secret of a webhook', text.slice(-32))
      return send({method: operation.method, path: pathOf(operation, project), body: field.fill(text)})
    },
    async isStored(secret) {
      const {status} = await deliver(tools, {project, secret, event: 'ping', payload: {}})
      return status === 202
    },
  }
}

function parameterField(
  operation: PlannedOperation,
  {name, in: place}: Parameter,
  tools: FieldTools,
): AttackedField {
  const send = sender(operation, tools)
  const {attacked} = tools.world
  return {
    name: `${operation.name} ${place} ${name}`,
    operation,
    check: 'nothing',
    textOf: text => (isSendable(place, text) ? text : undefined),
    async send(text) {
      const id = await newId(operation, send, tools)
      const body = bodyOf(operation, attacked, id)
      return send({
        method: operation.method,
        path: pathOf(operation, id),
        ...(place === 'query' ? {query: {[name]: text}} : {headers: {[name]: text}}),
        ...(body !== undefined && {body}),
      })
    },
    isStored: async () => true,
  }
}

const maxParameterLength = 8_000 // the head of a request has at most 16 KiB

/** [spec] RFC 9110, section 5.5: the value of a header contains no control characters. */
function isSendable(place: Parameter['in'], text: string): boolean {
  return text.length <= maxParameterLength && (place === 'query' || /^[\t\x20-\x7e\x80-\xff]*$/.test(text))
}

const url = 'https://example.com/'
const pullRequest = {number: 1, title: 'A title', html_url: url, user: {login: 'ghost'}}
const run = {name: 'test', conclusion: 'failure', html_url: url, run_number: 1, head_branch: 'main'}

/** The texts that the server reads from GitHub's payloads, each with its event. */
const payloads: Record<string, {event: string; fill: (text: string) => object}> = {
  'pull_request.title': pullRequestWith(title => ({...pullRequest, title})),
  'pull_request.html_url': pullRequestWith(text => ({...pullRequest, html_url: url + text})),
  'pull_request.user.login': pullRequestWith(login => ({...pullRequest, user: {login}})),
  'workflow_run.name': workflowRunWith(name => ({...run, name})),
  'workflow_run.html_url': workflowRunWith(text => ({...run, html_url: url + text})),
  'workflow_run.head_branch': workflowRunWith(head_branch => ({...run, head_branch})),
}

function pullRequestWith(fill: (text: string) => object) {
  return {event: 'pull_request', fill: (text: string) => ({action: 'opened', pull_request: fill(text)})}
}

function workflowRunWith(fill: (text: string) => object) {
  return {event: 'workflow_run', fill: (text: string) => ({action: 'completed', workflow_run: fill(text)})}
}

/** The contract does not describe the payload, because GitHub defines the payload. */
function webhookFields(operation: PlannedOperation, tools: FieldTools): AttackedField[] {
  const {ids, word: secret} = tools.world.attacked
  let count = 0
  return Object.entries(payloads).map(([name, {event, fill}]) => ({
    name: `${operation.name} ${name}`,
    operation,
    // The server removes control characters from GitHub's titles. The response of a delivery has no Event-Id, so the
    // number at the end of the text identifies the event.
    check: 'end in an event',
    textOf: text => `${text} ${name} ${++count}.`,
    send: text => deliver(tools, {project: ids.project, secret, event, payload: fill(text)}),
    isStored: async () => true,
  }))
}

interface Delivery {
  project: string
  secret: string
  event: string
  payload: object
}

function deliver({client}: FieldTools, {project, secret, event, payload}: Delivery): Promise<Answer> {
  const rawBody = JSON.stringify(payload)
  return client.send({
    method: 'POST',
    path: `/api/v1/hooks/github/${project}`,
    headers: {
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signatureOf(secret, rawBody),
    },
    rawBody,
  })
}

/**
 * Sends requests as an admin. When an operation needs no credential, the request looks like a request that the page
 * sends.
 */
function sender({security}: PlannedOperation, {client, world}: FieldTools): Send {
  const {admin} = world.attacked.tokens
  const own: Sent['headers'] =
    security.length === 0 ? {'sec-fetch-site': 'same-origin'} : {authorization: `Bearer ${admin}`}
  return sent => client.send({...sent, headers: {...own, ...sent.headers}})
}

async function newId(operation: PlannedOperation, send: Send, {client, world}: FieldTools): Promise<string> {
  const {plan} = operation
  const {attacked} = world
  if (plan.needsNew) return makeNew(plan, send, client, attacked)
  return plan.kind ? attacked.ids[plan.kind] : ''
}
