// Creates an organization with one board, and opens the page in windows of its members.
import type {ExecutionContext} from 'ava'
import {openWindow} from './board-window.ts'
import type {Server} from './server.ts'

let organizations = 0

/** Creates an organization with one board. The board has one story, which contains the given available tasks. */
export async function createBoard(
  server: Server,
  titles: string[] = ['Fill the tank', 'Light the engine', 'Count to zero'],
) {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const tasks: Record<string, string> = {[team.task.title]: team.task.id}
  for (const title of titles.slice(1)) {
    tasks[title] = (await team.ada.post(`/stories/${team.story.id}/tasks`, {title})).body.id
  }
  const path = `/sprints/${team.sprint.id}`
  /** Opens a window of the member `sub`. The window shows the page with the path `at`. Default: the board. */
  const open = (t: ExecutionContext, sub: 'ada' | 'bob' | 'vic' | 'root', at = path) => {
    const role = {ada: 'member', bob: 'member', vic: 'viewer', root: 'admin'} as const
    const name = sub[0]!.toUpperCase() + sub.slice(1)
    return openWindow(t, server, {sub, org, role: role[sub], name}, at)
  }
  return {...team, tasks, path, open}
}
