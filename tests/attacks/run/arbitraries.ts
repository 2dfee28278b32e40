/** Random requests for an operation: valid, nearly valid and invalid values for every part of the input. */
import fc from 'fast-check'
import type {JsonSchema, Parameter} from './contract.ts'
import {hostileTexts} from './hostile-texts.ts'
import {alternativesOf, hasType} from './schemas.ts'

/** Ids that a request can contain: ids of the caller's organization, and ids of another organization. */
export interface KnownIds {
  own: readonly string[]
  foreign: readonly string[]
}

export function idOf({own, foreign}: KnownIds): fc.Arbitrary<string> {
  return fc.oneof(
    {weight: 6, arbitrary: fc.constantFrom(...own)},
    {weight: 3, arbitrary: fc.constantFrom(...foreign)},
    {weight: 1, arbitrary: fc.uuid()},
  )
}

/** The text of a body. Most bodies are JSON. */
export function bodyText(schema: JsonSchema, ids: KnownIds): fc.Arbitrary<string> {
  const value = anyValueOf(schema, ids, 0)
  const nearly = anyValueOf(schema, ids, faultRate)
  return fc.oneof(
    {weight: 8, arbitrary: value.map(toJson)},
    {weight: 8, arbitrary: nearly.map(toJson)},
    {weight: 1, arbitrary: fc.jsonValue().map(toJson)},
    {weight: 1, arbitrary: fc.tuple(nearly.map(toJson), fc.nat()).map(cut)},
    {weight: 1, arbitrary: fc.tuple(value.map(toJson), fc.constantFrom(...rawValues)).map(replaceValue)},
    {weight: 1, arbitrary: fc.string({unit: 'binary'})},
  )
}

export function parameterValue({schema}: Parameter, ids: KnownIds): fc.Arbitrary<string> {
  return fc.oneof(
    {weight: 3, arbitrary: anyValueOf(schema, ids, 0).map(asParameter)},
    {weight: 1, arbitrary: text(schema)},
    {weight: 1, arbitrary: fc.constantFrom('', '0', '-1', '1e9', '%', 'null', '[]', ',', '9'.repeat(30))},
  )
}

const faultRate = 8 // one of 8 values has the wrong type or is missing

/** [spec] RFC 8259, section 6: a number can exceed the range of a double. Object keys can be repeated. */
const rawValues = [
  '1e400',
  '-0',
  '1E+2',
  '0.1e-400',
  '{"a":1,"a":2}',
  '"\\ud800"',
  '"\\u0000"',
  `${'['.repeat(40)}${']'.repeat(40)}`,
]

function anyValueOf(schema: JsonSchema, ids: KnownIds, faults: number): fc.Arbitrary<unknown> {
  const alternatives = alternativesOf(schema)
  const right =
    alternatives.length > 1
      ? fc.oneof(...alternatives.map(alternative => anyValueOf(alternative, ids, faults)))
      : rightValueOf(alternatives[0]!, ids, faults)
  if (faults === 0) return right
  return fc.oneof({weight: faults, arbitrary: right}, {weight: 1, arbitrary: wrongValue})
}

function rightValueOf(schema: JsonSchema, ids: KnownIds, faults: number): fc.Arbitrary<unknown> {
  const {type, enum: values, properties, items, minItems = 0} = schema
  if (Array.isArray(type)) {
    return fc.oneof(...type.map(one => rightValueOf({...schema, type: one}, ids, faults)))
  }
  if (type === 'null') return fc.constant(null)
  if (values) return fc.constantFrom(...values)
  if (properties) return objectOf(schema, ids, faults)
  if (items) return fc.array(anyValueOf(items, ids, faults), {minLength: minItems, maxLength: minItems + 3})
  if (type === 'string') return stringOf(schema, ids)
  if (hasType(schema, 'integer') || hasType(schema, 'number')) return numberOf(schema)
  return fc.oneof(fc.boolean(), fc.jsonValue())
}

function objectOf(
  {properties = {}, required = []}: JsonSchema,
  ids: KnownIds,
  faults: number,
): fc.Arbitrary<object> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, anyValueOf(property, ids, faults)]),
  )
  const known = fc.record(fields, {requiredKeys: [...required]})
  if (faults === 0) return known
  const extra = fc.oneof(
    {weight: faults, arbitrary: fc.constant([])},
    {weight: 1, arbitrary: fc.array(fc.tuple(extraName, fc.jsonValue()), {minLength: 1, maxLength: 2})},
  )
  const removed = fc.oneof(
    {weight: faults, arbitrary: fc.constant('')},
    {weight: 1, arbitrary: fc.constantFrom('', ...required)},
  )
  return fc
    .tuple(known, extra, removed)
    .map(([object, more, name]) =>
      Object.fromEntries([...Object.entries(object).filter(([key]) => key !== name), ...more]),
    )
}

const extraName = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'id',
  'organization_id',
  'version',
  '',
)

function stringOf(schema: JsonSchema, ids: KnownIds): fc.Arbitrary<string> {
  if (schema.format === 'uuid') {
    return fc.oneof({weight: 9, arbitrary: idOf(ids)}, {weight: 1, arbitrary: text(schema)})
  }
  if (schema.format === 'date') {
    return fc.oneof(
      fc.date({noInvalidDate: true}).map(date => date.toISOString().slice(0, 10)),
      fc.constantFrom('2026-02-30', '0000-01-01', '9999-12-31', '2026-1-1', '+020000-01-01'),
    )
  }
  if (schema.format === 'uri') return fc.oneof(fc.webUrl(), text(schema))
  return text(schema)
}

const shortHostileTexts = Object.values(hostileTexts).filter(({length}) => length < 1_000)

function text({minLength = 0, maxLength = 100}: JsonSchema): fc.Arbitrary<string> {
  return fc.oneof(
    {weight: 4, arbitrary: fc.string({unit: 'binary', minLength, maxLength: Math.min(maxLength, 50)})},
    {weight: 2, arbitrary: fc.constantFrom(...shortHostileTexts)},
    {weight: 1, arbitrary: fc.constantFrom('', ' ', 'é'.repeat(maxLength), 'x'.repeat(maxLength + 1))},
    // These texts can contain a lone surrogate.
    {
      weight: 1,
      arbitrary: fc.array(fc.nat(0xffff), {maxLength: 20}).map(units => String.fromCharCode(...units)),
    },
  )
}

function numberOf({minimum = -10, maximum = 1_000_000}: JsonSchema): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({min: minimum, max: maximum}),
    fc.double({noNaN: true, noDefaultInfinity: true}),
    fc.constantFrom(0, -0, -1, 0.1, 2 ** 31, 2 ** 53, 2 ** 63, 1e300, minimum, maximum),
  )
}

const wrongValue = fc.oneof(
  fc.jsonValue({maxDepth: 2}),
  fc.constantFrom(null, [], {}, '', 0, true, [[[[[]]]]], 1e300, '__proto__'),
)

function toJson(value: unknown): string {
  return JSON.stringify(value)
}

function cut([json, length]: [string, number]): string {
  return json.slice(0, length % (json.length + 1))
}

/** Replaces the first value of an object or array. */
function replaceValue([json, raw]: [string, string]): string {
  return json.replace(/(?<=[:[])("(?:[^"\\]|\\.)*"|[\w.+-]+)/, () => raw)
}

function asParameter(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
