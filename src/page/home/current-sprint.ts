/** Chooses which sprint of a project comes first. */
import type {Sprint} from '../../client/client.ts'

/**
 * Returns the sprint that the team works on, and the other sprints, latest first. The current sprint is the one whose
 * days include today. Otherwise, it is the next sprint to start, or else the sprint that was created last. `today` is a
 * calendar day, such as `2026-01-31`.
 */
export function currentAndOthers(
  sprints: readonly Sprint[],
  today: string,
): {current: Sprint | undefined; others: Sprint[]} {
  const latestFirst = sprints.toReversed()
  const isNow = ({starts_on, ends_on}: Sprint) =>
    (starts_on !== null || ends_on !== null) && (starts_on ?? '') <= today && (ends_on ?? today) >= today
  const upcoming = latestFirst
    .filter(({starts_on}) => starts_on !== null && starts_on > today)
    .sort((one, other) => (one.starts_on! < other.starts_on! ? -1 : 1))
  const current = latestFirst.find(isNow) ?? upcoming[0] ?? latestFirst[0]
  return {current, others: latestFirst.filter(sprint => sprint !== current)}
}
