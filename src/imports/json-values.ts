/** Reads values of parsed JSON, whose types are unknown. A missing value or a value of another type is empty. */

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Returns the objects of the list. */
export function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** Returns the text or the number as text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

/** Returns the texts that are not empty. */
export function textsOf(...values: readonly unknown[]): string[] {
  return values.map(textOf).filter(isText)
}

function isText(text: string): boolean {
  return text.trim() !== ''
}

/** Returns the texts of the list. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf).filter(isText) : []
}

/** Returns the number, or 0. */
export function numberOf(value: unknown): number {
  return Number(textOf(value)) || 0
}

export function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0
}
