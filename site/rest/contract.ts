/** The parts of openapi.yaml that the reference shows. */
import {readFileSync} from 'node:fs'
import {parse} from 'yaml'

export interface Contract {
  openapi: string
  info: {version: string}
  tags: {name: string; description: string}[]
  paths: Record<string, Record<string, Operation>>
  webhooks?: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, unknown>>
}

export interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  security?: Record<string, string[]>[]
  parameters?: (Parameter | Reference)[]
  requestBody?: {required?: boolean; content: Record<string, MediaType>}
  responses: Record<string, Response | Reference>
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  description?: string
  example?: unknown
  schema: Schema
}

export interface MediaType {
  schema?: Schema
  /** The schema of each item of a stream (OpenAPI 3.2). */
  itemSchema?: Schema
  example?: unknown
  examples?: Record<string, Example | Reference>
}

export interface Example {
  summary?: string
  value?: unknown
  /** The text of a stream, as it is sent. */
  serializedValue?: string
  externalValue?: string
  dataValue?: unknown
}

export interface Response {
  description: string
  headers?: Record<string, {description?: string} | Reference>
  content?: Record<string, MediaType>
}

export interface Reference {
  $ref: string
}

export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  items?: Schema
  enum?: unknown[]
  const?: unknown
  default?: unknown
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  oneOf?: Schema[]
  anyOf?: Schema[]
  allOf?: Schema[]
  contentMediaType?: string
  contentSchema?: Schema
  discriminator?: {propertyName: string; mapping?: Record<string, string>}
}

export function readContract(path: string): Contract {
  return parse(readFileSync(path, 'utf8'))
}

/** Returns the component that a reference names, or the value itself. */
export function resolve<T extends object>(contract: Contract, value: T | Reference): T {
  if (!('$ref' in value)) return value
  const [, , kind, name] = value.$ref.split('/')
  return contract.components[kind!]![name!] as T
}

/** Returns the name of the component at the end of `#/components/schemas/Task`. */
export function nameOf(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1)
}
