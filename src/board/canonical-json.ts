/**
 * Encodes JSON values in a canonical form: equal values have equal texts. This file imports no package, because browsers
 * run this code. [spec] RFC 8785, JSON Canonicalization Scheme (JCS).
 */

/**
 * Returns the canonical text of a JSON value. A member of an object with the value undefined is omitted. Throws a
 * TypeError when the value is not a JSON value, or when a string contains a lone surrogate.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return stringText(value)
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join()}]`
  if (typeof value === 'object' && value !== null) return canonicalObject(value, canonicalJson)
  // [spec] 3.2.2.3: NaN and Infinity are errors. JavaScript formats every other number as the RFC demands.
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return JSON.stringify(value)
  throw new TypeError(`${String(value)} is not a JSON value`)
}

/** Returns the canonical text of an object. `textOf` returns the canonical text of a member's value. */
export function canonicalObject<Value>(
  object: {readonly [Name in string]: Value} | object,
  textOf: (value: Value, name: string) => string,
): string {
  const values = object as {readonly [Name in string]: Value}
  let text = ''
  // [spec] 3.2.3: the names are compared as sequences of UTF-16 code units, as `sort` does.
  for (const name of Object.keys(values).sort()) {
    if (values[name] === undefined) continue
    text += `${text && ','}${stringText(name)}:${textOf(values[name], name)}`
  }
  return `{${text}}`
}

function stringText(value: string): string {
  // [spec] 3.2.2.2: a lone surrogate is an error. Old browsers lack `isWellFormed`.
  if (value.isWellFormed?.() === false) throw new TypeError('A string contains a lone surrogate')
  return JSON.stringify(value)
}
