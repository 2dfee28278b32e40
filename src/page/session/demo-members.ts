/** The members of the demo, as whom a viewer can sign in. */
import type {ApiClient} from '../../client/api-client.ts'
import {Problem, type Role} from '../../client/client.ts'

export interface DemoMember {
  handle: string
  name: string
  role: Role
}

/** Returns the members of the demo. The list is empty when the server is not a demo. */
export async function fetchDemoMembers(api: ApiClient): Promise<DemoMember[]> {
  try {
    return (await api.call('GET /demo/members')).items
  } catch (error) {
    if (error instanceof Problem && error.data.status === 404) return []
    throw error
  }
}
