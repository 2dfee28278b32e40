import test from 'ava'
import {fetchHome} from '../../../src/page/home/fetch-home.ts'

type Api = Parameters<typeof fetchHome>[0]

const project = {id: 'p1', name: 'Rocket'}

/** An API that returns the given bodies. `requests` has the names of all requests. */
function anApi(complete: boolean): {api: Api; requests: string[]} {
  const requests: string[] = []
  const body = {projects: [project], sprints: [], stories: [], escalations: [], complete, cursor: 'a-1'}
  const call = async (name: string, request: object) => {
    requests.push(`${name} ${JSON.stringify(request)}`)
    return name === 'GET /dashboard' ? body : project
  }
  const all = async (name: string) => {
    requests.push(name)
    return name === 'GET /projects' ? [project] : [name]
  }
  return {api: {call, all} as unknown as Api, requests}
}

test('the dashboard is fetched with one request', async t => {
  const {api, requests} = anApi(true)
  t.deepEqual(await fetchHome(api, undefined), {
    projects: [project],
    sprints: [],
    stories: [],
    escalations: [],
    cursor: 'a-1',
  } as unknown)
  t.deepEqual(requests, ['GET /dashboard {"query":{}}'])
})

test('when one response cannot contain the whole dashboard, all pages of the lists are fetched', async t => {
  for (const projectId of [undefined, 'p1']) {
    const {api, requests} = anApi(false)
    const home = await fetchHome(api, projectId)
    t.deepEqual(home as unknown, {
      projects: [project],
      sprints: ['GET /projects/{id}/sprints'],
      stories: ['GET /projects/{id}/stories'],
      escalations: ['GET /projects/{id}/escalations'],
    })
    t.is(requests.length, 5)
  }
})
