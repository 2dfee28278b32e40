/**
 * Writes the schemas and operations of the contract as TypeScript types. The types import nothing, so that a program
 * that uses the client needs no other package.
 */

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  oneOf?: Schema[]
  anyOf?: Schema[]
  allOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  description?: string
}

interface Parameter {
  name: string
  in: string
  required?: boolean
  schema: Schema
  description?: string
}

interface Response {
  $ref?: string
  description?: string
  headers?: Record<string, unknown>
  content?: Record<string, {schema?: Schema}>
}

interface Operation {
  summary?: string
  description?: string
  parameters?: Parameter[]
  requestBody?: {required?: boolean; content: Record<string, {schema: Schema}>}
  responses: Record<string, Response>
}

export interface Contract {
  components: {schemas: Record<string, Schema>; responses: Record<string, Response>}
  paths: Record<string, Record<string, Operation>>
}

const prefix = '/api/v1'
const hooks = `${prefix}/hooks/` // only GitHub sends these requests
const json = 'application/json'
const methods = ['get', 'post', 'put', 'patch', 'delete']

/**
 * The names of some types differ from the names of their schemas. The client has a class `Problem`. The client's types
 * `Board` and `Backlog` have no cursor and no digest, because they change with every event when a board is kept up to date.
 */
const typeNames: Record<string, string> = {
  Problem: 'ProblemDocument',
  Board: 'BoardSnapshot',
  Backlog: 'BacklogSnapshot',
}

/** Types that are parts of other types. */
const parts = `
export type Board = Omit<BoardSnapshot, 'cursor' | 'digest'>
export type Backlog = Omit<BacklogSnapshot, 'cursor'>
export type TaskStatus = Task['status']
export type StoryStatus = Story['status']
export type Role = Me['role']
export type ActivityType = Activity['type']
export type NotificationCause = Notification['cause']
export type EventType = BoardEvent['type']
export type Topic = NonNullable<NewTicket['topics']>[number]
export type ResetReason = StreamResetEvent['reason']
export type ProblemCode = ProblemDocument['code']
`

/** Returns the text of the module. */
export function makeContractTypes({components, paths}: Contract): string {
  const header = `/**
 * The types of the contract: everything that the API and the streams send and receive. \`npm run contract\` generates
 * this file from the schemas of the server; do not edit it.
 */
`
  // A block of a stream is text, so no program receives a value of this type.
  const schemas = Object.entries(components.schemas).filter(([name]) => name !== 'StreamBlock')
  const types = schemas.map(([name, schema]) => declare(nameOf(name), schema))
  return `${[header, ...types, parts, operationsOf(paths, components.responses)].map(text => text.trim()).join('\n\n')}\n`
}

function declare(name: string, schema: Schema): string {
  const {description, ...rest} = schema
  const isPlain = rest.type === 'object' && rest.properties
  const type = typeOf(rest, '')
  return (
    comment(description, '') +
    (isPlain ? `export interface ${name} ${type}` : `export type ${name} = ${type}`)
  )
}

type Responses = Contract['components']['responses']

function operationsOf(paths: Contract['paths'], shared: Responses): string {
  const operations = Object.entries(paths)
    .filter(([path]) => path.startsWith(prefix) && !path.startsWith(hooks))
    .flatMap(([path, methodsOf]) =>
      methods.flatMap(method => {
        const operation = methodsOf[method]
        return operation && isJson(operation)
          ? [
              {
                name: `${method.toUpperCase()} ${path.slice(prefix.length)}`,
                operation,
                codes: codesOf(operation, shared),
              },
            ]
          : []
      }),
    )
  const authenticated = operations.map(({codes}) => codes).filter(codes => codes.includes('unauthenticated'))
  const common = authenticated[0]!.filter(code => authenticated.every(codes => codes.includes(code)))
  return `/** The codes of the problems with which the server can reject every request of a member. */
export type CommonProblemCode = ${common.map(literal).join(' | ')}

/**
 * The operations of the API. The key of an operation is its method and its path, relative to \`/api/v1\`. \`problems\` lists
 * the codes of the problems with which the server can reject the request.
 */
export interface Operations {
${operations.map(({name, operation, codes}) => describe(name, operation, problemType(codes, common))).join('\n')}
}`
}

/** Returns whether the response of the operation is JSON or empty. Returns false for streams, which are also polls. */
function isJson({responses}: Operation): boolean {
  const {content} = successOf(responses)
  return !content || (json in content && !('text/event-stream' in content))
}

function describe(name: string, operation: Operation, problems: string): string {
  const {summary = '', description = '', parameters = [], requestBody, responses} = operation
  const success = successOf(responses)
  const body = requestBody?.content[json]?.schema
  const types = Object.keys(requestBody?.content ?? {})
  const isFile = types.some(type => type !== json)
  const bodyField: [name: string, type: string | undefined] = isFile
    ? ['file', types.map(literal).join(' | ')]
    : [requestBody?.required === false ? 'optionalBody' : 'body', body && typeOf(body, '    ')]
  const header = (name: string) => parameters.some(parameter => parameter.name === name)
  const fields: [name: string, type: string | undefined][] = [
    ['params', fieldsOf(parameters, 'path')],
    ['query', fieldsOf(parameters, 'query')],
    bodyField,
    ['ifMatch', header('If-Match') ? 'true' : undefined],
    // A request for a ticket may have the header, but the server ignores the header, so no key can be reused.
    ['idempotencyKey', problems.includes(literal('idempotency-key-reused')) ? 'true' : undefined],
    ['response', success.content ? typeOf(success.content[json]!.schema!, '    ') : 'undefined'],
    ['eventId', success.headers && 'Event-Id' in success.headers ? 'true' : undefined],
    ['problems', problems],
  ]
  const lines = fields.flatMap(([name, type]) => (type ? [`    ${name}: ${type}`] : []))
  return `${comment(`${summary} ${description}`, '  ')}  '${name}': {\n${lines.join('\n')}\n  }`
}

function successOf(responses: Operation['responses']): Response {
  return Object.entries(responses).find(([status]) => status.startsWith('2'))![1]
}

function problemType(codes: readonly string[], common: readonly string[]): string {
  if (!common.every(code => codes.includes(code))) return codes.map(literal).join(' | ')
  return ['CommonProblemCode', ...codes.filter(code => !common.includes(code)).map(literal)].join(' | ')
}

/** Returns the codes in the descriptions of the responses, for example in “`task-not-found`, `story-not-found`”. */
function codesOf({responses}: Operation, shared: Responses): string[] {
  const codes = Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .map(([, response]) => (response.$ref ? shared[response.$ref.split('/').at(-1)!]! : response))
    .flatMap(({description = ''}) => [...description.matchAll(/`([a-z-]+)`/g)])
    .map(([, code]) => code!)
  return [...new Set(codes)]
}

function fieldsOf(parameters: Parameter[], place: string): string | undefined {
  const chosen = parameters.filter(parameter => parameter.in === place)
  if (chosen.length === 0) return undefined
  const properties = Object.fromEntries(
    chosen.map(({name, schema, description}) => [name, {...schema, ...(description && {description})}]),
  )
  const required = chosen.filter(parameter => parameter.required).map(({name}) => name)
  return typeOf({type: 'object', properties, required}, '    ')
}

/** Returns the type of the values that match the schema. `indent` is the indent of the line that contains the type. */
function typeOf(schema: Schema, indent: string): string {
  const {$ref, enum: values, oneOf, anyOf, allOf, type} = schema
  if ($ref) return nameOf($ref.split('/').at(-1)!)
  if ('const' in schema) return literal(schema.const)
  // A query contains only text. The client also accepts true and false.
  if (values?.length === 2 && values.includes('true') && values.includes('false')) return 'boolean'
  if (values) return values.map(literal).join(' | ')
  if (allOf) return allOf.map(part => typeOf(part, indent)).join(' & ')
  const choices = oneOf ?? anyOf
  if (choices) return choices.map(choice => typeOf(choice, indent)).join(' | ')
  return [type]
    .flat()
    .map(name => namedType(name, schema, indent))
    .join(' | ')
}

function namedType(name: string | undefined, schema: Schema, indent: string): string {
  switch (name) {
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
    case 'boolean':
    case 'null':
      return name
    case 'array': {
      const item = typeOf(schema.items ?? {}, indent)
      const isGrouped = item.startsWith('{') && !schema.items?.allOf
      return /[ |&]/.test(item) && !isGrouped ? `(${item})[]` : `${item}[]`
    }
    case 'object':
      return objectType(schema, indent)
    default:
      return 'unknown'
  }
}

function objectType({properties = {}, required = [], additionalProperties}: Schema, indent: string): string {
  const lines = Object.entries(properties).map(([name, {description, ...schema}]) => {
    const type = typeOf(schema, `${indent}  `)
    const key = /^\w+$/.test(name) ? name : `'${name}'`
    const field = required.includes(name) ? `${key}: ${type}` : `${key}?: ${type} | undefined`
    return `${comment(description, `${indent}  `)}${indent}  ${field}`
  })
  if (typeof additionalProperties === 'object')
    lines.push(`${indent}  [field: string]: ${typeOf(additionalProperties, `${indent}  `)}`)
  return lines.length > 0 ? `{\n${lines.join('\n')}\n${indent}}` : 'Record<string, unknown>'
}

function comment(text: string | undefined, indent: string): string {
  if (!text) return ''
  const lines = text.trim().split('\n')
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map(line => `${indent} * ${line}\n`).join('')}${indent} */\n`
}

function nameOf(schemaName: string): string {
  return typeNames[schemaName] ?? schemaName
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
