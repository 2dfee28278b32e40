/** The description, the links and the checklist of a task are not part of a board. The page reads the whole task when they are missing. */
import {useEffect} from 'react'
import type {BoardTask, Task} from '../../client/client.ts'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {useSession} from '../session/session.tsx'

interface WholeTask extends Fetched<Task> {
  /** The newest known version with a description, links and a checklist. Undefined until it is loaded. */
  whole: Task | undefined
}

export function useWholeTask(task: BoardTask): WholeTask {
  const {api} = useSession()
  const {id, version} = task
  const isMissing = task.description === undefined || task.checklist === undefined || task.links === undefined
  const fetched = useFetched<Task>(isMissing && id, () => api.call('GET /tasks/{id}', {params: {id}}))
  const {value, refetch} = fetched
  const isOutdated = isMissing && value !== undefined && value.version < version
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new version is read once
  useEffect(() => {
    if (isOutdated) refetch()
  }, [isOutdated, version])
  return {...fetched, whole: isMissing ? value : (task as Task)}
}
