import type {Project} from '../board/project.ts'

/** TODO */
export function ActivityFeed(_: {projects: Project[]}) {
  return null
}
