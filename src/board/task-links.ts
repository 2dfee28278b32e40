/** The links of a task: pull requests and commits that name its key. All functions are pure. */
import {z} from 'zod'
import {instant, isWebUrl, text, title} from './fields.ts'
import {parseTaskKey} from './task-key.ts'

const maxLinks = 20
/** The maximum number of keys of one pull request or push, because strangers can write texts that consist of keys. */
export const maxKeys = 20

export const taskLinkSchema = z
  .object({
    kind: z.enum(['pull_request', 'commit']),
    url: text({min: 1, max: 500}).refine(isWebUrl, {message: 'must be an http or https URL'}),
    title,
    state: z
      .enum(['open', 'merged', 'closed'])
      .nullable()
      .meta({description: 'The state of the pull request. Null for a commit.'}),
    updated_at: instant.meta({
      description: 'When GitHub last changed the pull request, or when the commit was made.',
    }),
  })
  .meta({id: 'TaskLink'})
export type TaskLink = z.infer<typeof taskLinkSchema>

export const taskLinks = z.array(taskLinkSchema).meta({
  description: `Pull requests and commits that name the key of the task, at most ${maxLinks}.`,
})

/** A link, and the keys of the tasks to which it is added. */
export interface FoundLink {
  keys: readonly string[]
  link: TaskLink
}

/** Returns the keys of tasks in the texts, in capital letters and without duplicates. Not every key belongs to a task. */
export function keysIn(...texts: readonly (string | null | undefined)[]): string[] {
  const found = texts.flatMap(
    text => text?.match(/(?<![a-z0-9])[a-z][a-z0-9]{1,9}-[1-9][0-9]*(?![a-z0-9])/gi) ?? [],
  )
  const keys = found.map(parseTaskKey).filter(key => key !== undefined)
  return [...new Set(keys)].slice(0, maxKeys)
}

/**
 * Adds the links, and replaces older states of the same URLs. Without a change, returns the known list itself. When a task
 * has too many links, the least recently updated ones are removed.
 */
export function withLinks(known: readonly TaskLink[], links: readonly TaskLink[]): readonly TaskLink[] {
  const merged = links.reduce(withLink, known)
  if (merged.length <= maxLinks) return merged
  const kept = new Set([...merged].sort((one, other) => compare(other, one)).slice(0, maxLinks))
  const left = merged.filter(link => kept.has(link))
  return JSON.stringify(left) === JSON.stringify(known) ? known : left
}

function withLink(known: readonly TaskLink[], link: TaskLink): readonly TaskLink[] {
  const older = known.find(({url}) => url === link.url)
  if (!older) return [...known, link]
  return compare(link, older) > 0 ? known.map(each => (each === older ? link : each)) : known
}

/** Orders two states of the same link. GitHub's times have whole seconds, so a closed state is later than an open one. */
function compare(one: TaskLink, other: TaskLink): number {
  if (one.updated_at !== other.updated_at) return one.updated_at < other.updated_at ? -1 : 1
  return states.indexOf(one.state) - states.indexOf(other.state)
}

const states: readonly TaskLink['state'][] = [null, 'open', 'closed', 'merged']
