/** The rule by which the filters of a selection match an event. The server and its clients use the same rule. */

/** The filters by id, from the widest to the narrowest. */
export const idFilters = ['project_id', 'sprint_id', 'story_id', 'task_id'] as const

/** An event must match every filter that is present. A filter matches an event that has one of the filter's values. */
export type Filters = {
  readonly [Name in (typeof idFilters)[number] | 'types']?: readonly string[] | undefined
}

/** The fields of an event that the filters compare. */
export type Filtered = {readonly type: string} & {
  readonly [Name in (typeof idFilters)[number]]?: string | null | undefined
}

/**
 * Returns whether the event matches all filters. When a task or story moves, the event concerns both sprints and both
 * stories. `before` is the prefix of the fields with the ids before the move: `left_` in the log, and `from_` in an event.
 */
export function matchesFilters(filters: Filters, event: Filtered, before: 'left_' | 'from_'): boolean {
  // An event without a project concerns every board of the organization. An example is an event that reports the new
  // name of a member.
  return (
    filters.types?.includes(event.type) !== false &&
    (!event.project_id ||
      idFilters.every((name, index) => {
        const ids = filters[name] as readonly unknown[] | undefined
        return (
          !ids ||
          index >= comparedFilters(event.type) ||
          ids.includes(event[name]) ||
          ids.includes(event[`${before}${name}` as keyof Filtered])
        )
      }))
  )
}

/**
 * Returns how many of `idFilters` are compared with an event of this type. An event of a label names only its project. An
 * import names its project and its sprint, but not the stories and tasks that it has changed.
 */
export function comparedFilters(type: string): number {
  if (type.startsWith('label.')) return 1
  return type === 'board.imported' ? 2 : idFilters.length
}

/**
 * Returns whether events of this type concern all sprints, stories and tasks of their project, although the events contain
 * no ids of them. A selection does not know the projects of its sprints, so a filter by sprint, story or task matches such
 * an event of every project.
 */
export function concernsWholeProject(type: string): boolean {
  return type.startsWith('label.')
}
