/** Shows a schema as a list of fields. A reference to another schema is a link to this schema. */
import {nameOf, type Schema} from './contract.ts'
import {inline} from './inline.ts'

/** Returns the address of the section that describes a schema. */
export type AddressOfSchema = (name: string) => string

/** Returns HTML: the fields of an object, the alternatives of a union, or a sentence about another schema. */
export function schemaHtml(schema: Schema, addressOf: AddressOfSchema): string {
  const text = schema.description ? `<p>${inline(schema.description)}</p>` : ''
  if (schema.$ref) return `<p>${typeHtml(schema, addressOf)}</p>`
  const parts = schema.oneOf ?? schema.anyOf
  if (parts) return `${text}<p>One of these:</p>${alternatives(parts, addressOf)}`
  if (schema.allOf) return text + schema.allOf.map(part => schemaHtml(part, addressOf)).join('')
  if (schema.properties) return text + fields(schema, addressOf)
  if (schema.type === 'array' && schema.items) {
    return `${text}<p>${typeHtml(schema, addressOf)}${limits(schema)}</p>${hasFields(schema.items) ? schemaHtml(schema.items, addressOf) : ''}`
  }
  return `${text}<p>${typeHtml(schema, addressOf)}${limits(schema)}</p>`
}

function fields({properties = {}, required = []}: Schema, addressOf: AddressOfSchema): string {
  const rows = Object.entries(properties).map(([name, field]) => {
    const mark = required.includes(name) ? '' : ' <span class="optional">optional</span>'
    return `<div><dt><code>${inline(name)}</code> <span class="type">${typeHtml(field, addressOf)}</span>${mark}</dt><dd>${fieldHtml(field, addressOf)}</dd></div>`
  })
  return `<dl class="fields">${rows.join('\n')}</dl>`
}

function fieldHtml(field: Schema, addressOf: AddressOfSchema): string {
  const text = [field.description ? inline(field.description) : '', limits(field)].filter(Boolean).join(' ')
  const values = enumHtml(field) || enumHtml(field.items ?? {})
  const content = field.contentSchema
    ? `<p>The JSON text of a ${typeHtml(field.contentSchema, addressOf)}.</p>`
    : ''
  return [text && `<p>${text}</p>`, values, content, nested(field, addressOf)].filter(Boolean).join('')
}

/** The fields of an object inside of a field. */
function nested(field: Schema, addressOf: AddressOfSchema): string {
  const inner = field.type === 'array' || field.items ? field.items : field
  if (!inner || inner.$ref || !hasFields(inner)) return ''
  return schemaHtml({...inner, description: ''}, addressOf)
}

function hasFields(schema: Schema): boolean {
  if (schema.$ref) return false
  return Boolean(schema.properties ?? schema.allOf ?? (schema.oneOf ?? schema.anyOf)?.some(hasFields))
}

function alternatives(parts: Schema[], addressOf: AddressOfSchema): string {
  if (parts.every(({$ref}) => $ref)) {
    return `<ul class="names">${parts.map(part => `<li>${typeHtml(part, addressOf)}</li>`).join('')}</ul>`
  }
  return parts.map(part => `<div class="alternative">${schemaHtml(part, addressOf)}</div>`).join('')
}

function enumHtml({enum: values}: Schema): string {
  if (!values || values.length < 2) return ''
  return `<p class="values">${values.map(value => `<code>${inline(String(value))}</code>`).join(' ')}</p>`
}

/** Returns the name of the type, such as “array of Task” or “string (uuid) or null”. */
export function typeHtml(schema: Schema, addressOf: AddressOfSchema): string {
  if (schema.$ref) {
    const name = nameOf(schema.$ref)
    return `<a href="${addressOf(name)}">${inline(name)}</a>`
  }
  if (schema.items) return `array of ${typeHtml(schema.items, addressOf)}`
  const parts = schema.oneOf ?? schema.anyOf
  if (parts) return [...new Set(parts.map(part => typeHtml(part, addressOf)))].join(' or ')
  if (schema.allOf?.length === 1) return typeHtml(schema.allOf[0]!, addressOf)
  if (schema.const !== undefined) return `<code>${inline(JSON.stringify(schema.const))}</code>`
  if (schema.enum?.length === 1) return `<code>${inline(JSON.stringify(schema.enum[0]))}</code>`
  const names = [schema.type ?? 'object'].flat()
  const format = schema.format ? ` (${inline(schema.format)})` : ''
  return names.map(name => (name === 'null' ? 'null' : inline(name) + format)).join(' or ')
}

function limits(schema: Schema): string {
  const {minimum, maximum, minLength, maxLength, minItems, maxItems} = schema
  const sentences = [
    range(minimum, maximum, ''),
    range(minLength || undefined, maxLength, ' characters'),
    range(minItems || undefined, maxItems, ' items'),
    schema.pattern ? `Pattern: <code>${inline(schema.pattern)}</code>.` : '',
    schema.default === undefined ? '' : `Default: <code>${inline(JSON.stringify(schema.default))}</code>.`,
  ]
  const text = sentences.filter(Boolean).join(' ')
  return text && `<span class="limits">${text}</span>`
}

const format = new Intl.NumberFormat('en')

function range(least: number | undefined, most: number | undefined, unit: string): string {
  // JSON schemas of integers have limits that say nothing about the value.
  const from = least !== undefined && least > -Number.MAX_SAFE_INTEGER ? format.format(least) : undefined
  const to = most !== undefined && most < Number.MAX_SAFE_INTEGER ? format.format(most) : undefined
  if (from && to) return `${from} to ${to}${unit}.`
  if (from) return `At least ${from}${unit}.`
  return to ? `At most ${to}${unit}.` : ''
}
