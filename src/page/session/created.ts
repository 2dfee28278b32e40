/** The things that the viewer creates on this page. The screens show them, even where a filter hides them. */
import {useEffect, useRef} from 'react'
import type {ApiClient} from '../../client/api-client.ts'
import type {Observable} from '../parts/observable.ts'

export interface Created {
  kind: 'project' | 'sprint' | 'story' | 'task'
  id: string
}

const kinds: Readonly<Record<string, Created['kind']>> = {
  'POST /projects': 'project',
  'POST /projects/{id}/sprints': 'sprint',
  'POST /projects/{id}/stories': 'story',
  'POST /stories/{id}/tasks': 'task',
}

/** Returns a client that reports what its requests create. All forms of the page use this client. */
export function reportCreated(api: ApiClient, report: (created: Created) => void): ApiClient {
  const call = async (name: string, ...request: never[]) => {
    const body = await (api.call as (name: string, ...request: never[]) => Promise<unknown>)(name, ...request)
    const kind = kinds[name]
    if (kind) report({kind, id: (body as {id: string}).id})
    return body
  }
  return {...api, call: call as ApiClient['call']}
}

/** Calls the listener when the viewer has created something. The listener may change at every render. */
export function useCreated(
  created: Observable<Created | undefined>,
  listener: (created: Created) => void,
): void {
  const latest = useRef(listener)
  latest.current = listener
  useEffect(() => created.subscribe(() => latest.current(created.get()!)), [created])
}
