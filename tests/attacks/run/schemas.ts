/** Makes valid values for the JSON schemas of the contract, and finds the text fields of a schema. */
import {randomUUID} from 'node:crypto'
import type {JsonSchema} from './contract.ts'

/** A text field of a schema, such as `pr.title`. */
export interface TextField {
  path: string
  isUrl: boolean
  /** Returns a valid value of the whole schema, with this text in the field. */
  fill(text: string): unknown
}

/** Returns every field that accepts free text. Ids, dates and enumerations are not free text. */
export function textFieldsOf(schema: JsonSchema): TextField[] {
  return alternativesOf(schema).flatMap(fieldsOf)
}

function fieldsOf(schema: JsonSchema): TextField[] {
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, property]) =>
      textFieldsOf(property).map(({path, isUrl, fill}) => ({
        isUrl,
        path: [kindOf(schema), name, path].filter(Boolean).join('.'),
        fill: (text: string) => ({...requiredOf(schema), [name]: fill(text)}),
      })),
    )
  }
  if (schema.items) {
    return textFieldsOf(schema.items).map(({path, isUrl, fill}) => ({
      isUrl,
      path: ['0', path].filter(Boolean).join('.'),
      fill: (text: string) => [fill(text)],
    }))
  }
  return isFreeText(schema) ? [{path: '', isUrl: schema.format === 'uri', fill: text => text}] : []
}

/** Returns a valid value with only the required fields. */
export function exampleOf(schema: JsonSchema): unknown {
  const [first = {}] = alternativesOf(schema)
  const {properties, items, minItems = 0, minimum = 1} = first
  if (first.const !== undefined) return first.const
  if (first.enum) return first.enum[0]
  if (properties) return requiredOf(first)
  if (items) return Array.from({length: minItems}, () => exampleOf(items))
  if (hasType(first, 'string')) return textFor(first)
  if (hasType(first, 'number') || hasType(first, 'integer')) return Math.max(minimum, 1)
  return hasType(first, 'boolean') ? true : null
}

/** Returns the alternatives of a union. When the schema is not a union, returns only this schema. */
export function alternativesOf({anyOf, oneOf, ...schema}: JsonSchema): JsonSchema[] {
  const alternatives = anyOf ?? oneOf
  return alternatives ? alternatives.flatMap(alternativesOf) : [schema]
}

export function hasType({type}: JsonSchema, name: string): boolean {
  return type === name || (Array.isArray(type) && type.includes(name))
}

function requiredOf({properties = {}, required = []}: JsonSchema): Record<string, unknown> {
  return Object.fromEntries(required.map(name => [name, exampleOf(properties[name]!)]))
}

function textFor({format, minLength = 0}: JsonSchema): string {
  if (format === 'uuid') return randomUUID()
  if (format === 'date') return '2026-01-31'
  if (format === 'uri') return 'https://example.com/1'
  return 'Example'.padEnd(minLength, '.')
}

function isFreeText(schema: JsonSchema): boolean {
  return hasType(schema, 'string') && !schema.enum && !['uuid', 'date'].includes(schema.format ?? '')
}

/** Returns the first value that the schema allows for the property `type`. Returns '' when there is no such value. */
function kindOf({properties}: JsonSchema): string {
  return String(properties?.type?.enum?.[0] ?? '')
}
