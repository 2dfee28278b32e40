/** Fetches the data of the dashboard. */
import type {ApiClient} from '../../client/api-client.ts'
import type {Home} from './home-state.ts'

/** `projectId` is the only project to fetch, or undefined to fetch all projects. */
export async function fetchHome(
  api: Pick<ApiClient, 'call' | 'all'>,
  projectId: string | undefined,
): Promise<Home> {
  const query = {project_id: projectId}
  const {complete, ...home} = await api.call('GET /dashboard', {query})
  return complete ? home : fetchLists(api, projectId)
}

/** Fetches all pages of all lists. Used when one response cannot contain all items. */
async function fetchLists(
  api: Pick<ApiClient, 'call' | 'all'>,
  projectId: string | undefined,
): Promise<Home> {
  const projects = projectId
    ? [await api.call('GET /projects/{id}', {params: {id: projectId}})]
    : await api.all('GET /projects')
  const inEachProject = async <T>(list: (params: {id: string}) => Promise<T[]>) =>
    (await Promise.all(projects.map(({id}) => list({id})))).flat()
  const [sprints, stories, escalations] = await Promise.all([
    inEachProject(params => api.all('GET /projects/{id}/sprints', {params})),
    inEachProject(params => api.all('GET /projects/{id}/stories', {params})),
    inEachProject(params => api.all('GET /projects/{id}/escalations', {params})),
  ])
  return {projects, sprints, stories, escalations}
}
