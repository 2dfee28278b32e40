/** The page at `/tasks/<key>`: finds the task, and goes to its board. */
import {useEffect} from 'react'
import {isProblem} from '../../client/api-client.ts'
import {useFetched} from '../parts/fetched.ts'
import {Failure, Loading} from '../parts/page-states.tsx'
import {goInPlace} from '../parts/route.tsx'
import {failureSentence} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {addressOf} from './task-address.ts'

export function TaskByKey({taskKey}: {taskKey: string}) {
  const {api} = useSession()
  const task = useFetched(taskKey, () => api.call('GET /tasks/{id}', {params: {id: taskKey}}))
  useEffect(() => {
    if (task.value) goInPlace(addressOf(task.value))
  }, [task.value])
  if (isProblem(task.error, 'task-not-found')) {
    return <Failure title="Task not found" detail="The task was deleted, or the address is wrong." />
  }
  if (task.error === undefined) return <Loading label="Looking for the task" />
  return (
    <Failure title="Could not load the task" detail={failureSentence(task.error)} onRetry={task.refetch} />
  )
}
