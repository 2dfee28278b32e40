/** Schemas of the values that resources and events contain. */
import {z} from 'zod'

/** A UUID, converted to lower case. */
export const id = z.uuid().toLowerCase()

/** RFC 3339 in UTC with milliseconds: `2026-01-31T08:15:00.000Z`. */
export const instant = z.iso.datetime({precision: 3})

/** A calendar day: `2026-01-31`. Postgres does not support year 0. */
export const day = z.iso
  .date()
  .refine(value => !value.startsWith('0000'), {message: 'must not be in year 0000'})

/** The number of changes of a resource, starting at 1; also its strong ETag. */
export const version = z.int().min(1)

/**
 * A string that Postgres can store: it contains no NUL and no lone surrogate. Lengths are counted in UTF-16 code units,
 * after trimming.
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

/** The name or title of a resource: trimmed, 1 to 200 characters. */
export const title = text({min: 1, max: 200, trim: true})

/** Free text of up to 10,000 characters. */
export const prose = text({max: 10_000})

/** Accepts only http and https, because a javascript: URL would run as a script in the page that shows the link. */
export function isWebUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}
