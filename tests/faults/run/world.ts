/** The organizations of a fault run, with their members, projects, sprints, stories and tasks. */
import type {StoryStatus} from '../../../src/board/story.ts'
import type {TaskStatus} from '../../../src/board/task.ts'
import {mintToken} from '../../../src/identity/mint-token.ts'
import type {Cluster} from './cluster.ts'
import {type Answer, Requester} from './requester.ts'

export interface World {
  organizations: readonly Organization[]
}

export interface Organization {
  id: string
  members: readonly Member[]
  projects: readonly Project[]
  /** The last known state of each story and task. The writers (see writers.ts) update this state. */
  stories: KnownStory[]
  tasks: KnownTask[]
}

export interface Member {
  userId: string
  token: string
}

export interface Project {
  id: string
  sprints: readonly string[]
}

export interface KnownStory {
  id: string
  projectId: string
  version: number
  status: StoryStatus
}

export interface KnownTask {
  id: string
  version: number
  status: TaskStatus
  ownerId: string | null
  creatorId: string
}

const organizationCount = 4
const projectsPerOrganization = 2
const sprintsPerProject = 2
const storiesPerSprint = 2
// The tokens must not expire during the run, although the run sets the clock of a server ahead by up to ten minutes.
const tokenLifetimeSeconds = 6 * 60 * 60

/** Creates the organizations through the API. Each organization has an admin, and a member for each of the `names`. */
export async function createWorld(cluster: Cluster, names: readonly string[]): Promise<World> {
  const organizations = await Promise.all(
    Array.from({length: organizationCount}, (_, index) => createOrganization(cluster, `org-${index}`, names)),
  )
  return {organizations}
}

async function createOrganization(
  {url, secret}: Cluster,
  claim: string,
  names: readonly string[],
): Promise<Organization> {
  const members: (Member & {organizationId: string})[] = []
  for (const subject of ['admin', ...names]) {
    const role = subject === 'admin' ? 'admin' : 'member'
    const token = await mintToken(
      {secret},
      {subject, organization: claim, role, lifetime: tokenLifetimeSeconds},
    )
    const me = await created(new Requester(url, token).send('GET', '/me'))
    members.push({userId: me.user_id, organizationId: me.organization_id, token})
  }
  const [admin, ...others] = members
  const api = new Requester(url, admin!.token)
  const post = (path: string, body: unknown) => created(api.send('POST', path, {body}))
  const projects: Project[] = []
  const stories: KnownStory[] = []
  for (let p = 0; p < projectsPerOrganization; p++) {
    const {id: projectId} = await post('/projects', {name: `Project ${p}`})
    const sprints: string[] = []
    for (let s = 0; s < sprintsPerProject; s++) {
      const sprint = await post(`/projects/${projectId}/sprints`, {name: `Sprint ${s}`})
      sprints.push(sprint.id)
      for (let n = 0; n < storiesPerSprint; n++) {
        const story = await post(`/projects/${projectId}/stories`, {
          title: `Story ${n}`,
          sprint_id: sprint.id,
        })
        stories.push({id: story.id, projectId, version: story.version, status: story.status})
      }
    }
    projects.push({id: projectId, sprints})
  }
  api.close()
  return {id: admin!.organizationId, members: others, projects, stories, tasks: []}
}

async function created(answer: Promise<Answer | undefined>): Promise<any> {
  const {status, body} = (await answer) ?? {}
  if (status !== 200 && status !== 201) throw new Error(`Status ${status}: ${JSON.stringify(body)}`)
  return body
}
