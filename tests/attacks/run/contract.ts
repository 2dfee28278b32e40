/** Reads openapi.yaml: every operation with its credentials, parameters, body and responses. */
import {readFileSync} from 'node:fs'
import {parse} from 'yaml'

export interface Operation {
  /** Such as `PATCH /api/v1/tasks/{id}`. */
  name: string
  method: string
  /** The path with placeholders, such as `/api/v1/tasks/{id}`. */
  path: string
  /** The names of the accepted security schemes. Empty when the operation needs no credential. */
  security: readonly string[]
  /** The parameters of the query and of the headers. */
  parameters: readonly Parameter[]
  /** Undefined when the operation has no body. */
  body: JsonSchema | undefined
  success: number
  /** The problem codes of each status. */
  problems: ReadonlyMap<number, readonly string[]>
  isStream: boolean
}

export interface Parameter {
  name: string
  in: 'query' | 'header'
  schema: JsonSchema
}

/** The part of JSON Schema that openapi.yaml uses for requests. */
export interface JsonSchema {
  type?: string | readonly string[]
  enum?: readonly unknown[]
  const?: unknown
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  required?: readonly string[]
  anyOf?: readonly JsonSchema[]
  oneOf?: readonly JsonSchema[]
}

/** Returns all operations. In the returned schemas, each reference is replaced with its target. */
export function readOperations(): Operation[] {
  const contract = parse(readFileSync(new URL('../../../openapi.yaml', import.meta.url), 'utf8'))
  return Object.entries<any>(contract.paths).flatMap(([path, methods]) =>
    Object.entries<any>(methods).map(([method, described]) =>
      operationOf(method.toUpperCase(), path, described, contract),
    ),
  )
}

function operationOf(method: string, path: string, described: any, contract: any): Operation {
  const {responses: referenced, ...request} = described
  const responses = Object.fromEntries(
    Object.entries<any>(referenced).map(([status, {$ref, ...response}]) => [
      status,
      $ref ? targetOf($ref, contract) : response,
    ]),
  )
  const {parameters = [], requestBody} = withoutReferences(request, contract)
  const statuses = Object.keys(responses).map(Number)
  return {
    name: `${method} ${path}`,
    method,
    path,
    security: (described.security ?? contract.security).flatMap(Object.keys),
    parameters: parameters.filter((parameter: {in: string}) => parameter.in !== 'path'),
    body: requestBody?.content['application/json'].schema,
    success: statuses.find(status => status < 300)!,
    problems: new Map(
      statuses.filter(status => status >= 400).map(status => [status, codesOf(responses[status])]),
    ),
    isStream: responses[200]?.content?.['text/event-stream'] !== undefined,
  }
}

/** The description of a response lists its problem codes. */
function codesOf({description}: {description: string}): string[] {
  return [...description.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code!)
}

/** Replaces each reference with its target. */
function withoutReferences(value: any, contract: any): any {
  if (Array.isArray(value)) return value.map(item => withoutReferences(item, contract))
  if (typeof value !== 'object' || value === null) return value
  if (typeof value.$ref === 'string') return withoutReferences(targetOf(value.$ref, contract), contract)
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutReferences(inner, contract)]),
  )
}

function targetOf(reference: string, contract: any): any {
  return reference
    .split('/')
    .slice(1)
    .reduce((value, name) => value[name], contract)
}
