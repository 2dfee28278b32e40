/** Decides which fields of a thing an import updates. */
import {hash} from 'node:crypto'

/** For each field, a digest of its value. */
export type Digests = Readonly<Record<string, string>>

export function digestsOf(values: object): Digests {
  return Object.fromEntries(Object.entries(values).map(([field, value]) => [field, digestOf(value)]))
}

export interface Merge {
  /** The fields that get the value of the file. */
  updated: string[]
  /** The fields that the file has changed, but that members have changed too. */
  kept: string[]
}

/**
 * Compares the values of the last import, of the file and of the project. Only what the file has changed since the last
 * import is updated. A value that a member has changed is kept.
 */
export function mergeFields(last: Digests, file: Digests, project: Digests): Merge {
  const merge: Merge = {updated: [], kept: []}
  for (const [field, current] of Object.entries(project)) {
    if (file[field] === last[field] || file[field] === current) continue
    if (current === last[field]) merge.updated.push(field)
    else merge.kept.push(field)
  }
  return merge
}

export function isSame(last: Digests, file: Digests): boolean {
  return Object.entries(file).every(([field, value]) => last[field] === value)
}

function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value ?? null), 'base64url').slice(0, 16) // 96 bits
}
