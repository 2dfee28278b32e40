/** Chooses which sprint of a project comes first. */
import type {Sprint} from '../../client/client.ts'

/**
 * Returns the sprint that the team works on, and the other sprints, latest first. The current sprint is an active one. Without
 * an active sprint, it is a planned one, or else a closed one. Among several, it is the one whose days include today, or else
 * the next one to start, or else the one that was created last. `today` is a calendar day, such as `2026-01-31`.
 */
export function currentAndOthers(
  sprints: readonly Sprint[],
  today: string,
): {current: Sprint | undefined; others: Sprint[]} {
  const latestFirst = sprints.toReversed()
  const withStatus = (status: Sprint['status']) => latestFirst.filter(sprint => sprint.status === status)
  const current =
    nearestOf(withStatus('active'), today) ??
    nearestOf(withStatus('planned'), today) ??
    nearestOf(latestFirst, today)
  return {current, others: latestFirst.filter(sprint => sprint !== current)}
}

/** `sprints` are in the order of their creation, latest first. */
function nearestOf(sprints: readonly Sprint[], today: string): Sprint | undefined {
  const isNow = ({starts_on, ends_on}: Sprint) =>
    (starts_on !== null || ends_on !== null) && (starts_on ?? '') <= today && (ends_on ?? today) >= today
  const upcoming = sprints
    .filter(({starts_on}) => starts_on !== null && starts_on > today)
    .sort((one, other) => (one.starts_on! < other.starts_on! ? -1 : 1))
  return sprints.find(isNow) ?? upcoming[0] ?? sprints[0]
}
