/** Removes credentials from texts before they are logged. */

// Tokens (JWTs), secrets of the server, values of parameters and headers with credentials, and passwords in URLs.
const credentials =
  /eyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?|bc[kst]_[\w-]{8,}|(?<=[?&](?:token|api_key|ticket)=)[^&\s"']+|(?<=\bBearer )\S+|(?<=:\/\/[^\s/:@]*:)[^\s/]+(?=@)/gi

/** Replaces each credential in the text with `[redacted]`. */
export function redact(text: string): string {
  return text.replace(credentials, '[redacted]')
}

const maxDepth = 4 // an error can refer to itself

/** Redacts all texts of the value: a text, or an array or object with texts. Omits what is nested too deeply. */
export function redactAll(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === maxDepth) return '…'
  if (Array.isArray(value)) return value.map(part => redactAll(part, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, redactAll(part, depth + 1)]))
}
