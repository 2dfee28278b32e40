/** Opens the task of a notification or a question, whose board must be found first. */
import {useNotes} from '../parts/notes.tsx'
import {go} from '../parts/route.tsx'
import {failureSentence} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {type TaskLocation, taskAddress} from './task-address.ts'

/**
 * Returns a function that goes to the task, and resolves with whether it has done so. It does not go there when the task could
 * not be loaded, and when the member has gone elsewhere in the meantime.
 */
export function useVisitTask(): (location: TaskLocation) => Promise<boolean> {
  const {api} = useSession()
  const {showWarning} = useNotes()
  return async place => {
    const {href} = location
    try {
      const address = await taskAddress(api, place)
      if (location.href !== href) return false
      go(address)
      return true
    } catch (error) {
      showWarning({title: 'Could not open the task', detail: failureSentence(error)})
      return false
    }
  }
}
