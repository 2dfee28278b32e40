/** Schemas of the values that resources and events contain. */
import {z} from 'zod'

/** A UUID, converted to lower case. */
export const id = z.uuid().toLowerCase()

/** A time in RFC 3339 format, in UTC with milliseconds: `2026-01-31T08:15:00.000Z`. */
export const instant = z.iso.datetime({precision: 3})

/** A calendar day: `2026-01-31`. Year 0 is rejected, because Postgres does not support it. */
export const day = z.iso
  .date()
  .refine(value => !value.startsWith('0000'), {message: 'must not be in year 0000'})

/** The digest of a board: the SHA-256 of its canonical form (see `canonical-board.ts`), in lower-case hex. */
export const boardDigest = z.string().regex(/^[0-9a-f]{64}$/)

/** The place of a task or story in the order of its project; see `rank.ts`. */
export const rank = z
  .string()
  .regex(/^[0-9A-Za-z]{1,64}$/)
  .meta({
    description:
      'The place in the order of the project. Compare two ranks by their bytes. Where two ranks are equal, compare the ids.',
  })

/** The version of a resource: it starts at 1, and each change increments it. The ETag begins with it. */
export const version = z.int().min(1)

/**
 * Returns the schema of a string that Postgres can store: NUL and lone surrogates are rejected. The length of the
 * string is counted in UTF-16 code units, after trimming.
 */
export function text({min = 0, max, trim = false}: {min?: number; max: number; trim?: boolean}) {
  const string = trim ? z.string().trim() : z.string()
  return string
    .min(min)
    .max(max)
    .refine(value => !value.includes('\0') && value.isWellFormed(), {
      message: 'must not contain NUL or a lone surrogate',
    })
}

// If a name could contain line breaks and control characters, a user could forge lines in logs and terminals.
// Bidirectional controls would change the order of the text around the name. The marks U+200E and U+200F are allowed,
// because Hebrew and Arabic titles need these marks. Each of these marks affects only the characters beside the mark.
// This pattern does not match NUL, because `text` rejects NUL.
const controls = /(?!\0)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/**
 * Returns the schema of a name or title in a request: one line of text. The schema `title` is for titles that are already
 * stored.
 */
export function name(limits: Parameters<typeof text>[0]) {
  return text(limits)
    .refine(value => !controls.test(value), {
      message: 'must be one line, and must not contain control characters or bidirectional controls',
    })
    .meta({description: 'One line, without control characters and bidirectional controls.'})
}

/** Returns the text as one line: a space replaces each control character that `name` rejects. */
export function oneLine(text: string): string {
  return text.replaceAll(new RegExp(controls, 'gu'), ' ')
}

const titleLimits = {min: 1, max: 200, trim: true}

/** The name or title of a resource: trimmed, 1 to 200 characters. */
export const title = text(titleLimits)

/** The name or title of a resource in a request: one line of text, trimmed, 1 to 200 characters. */
export const newTitle = name(titleLimits)

/** Free text of up to 10,000 characters. */
export const prose = text({max: 10_000})

/**
 * Returns true only for http and https URLs. A URL with the scheme `javascript` would run as a script in the page that
 * shows the link.
 */
export function isWebUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}
