/** Finds out whether the viewer waits for the answer to a request for a release. */
import type {BoardTask, Escalation, Me} from '../../client/client.ts'
import {useFetched} from '../parts/fetched.ts'
import {useSession} from '../session/session.tsx'

/** Whether one of the questions is an open request of this member for a release. */
export function isReleaseRequested(questions: readonly Escalation[] | undefined, me: Me): boolean {
  return (questions ?? []).some(
    ({kind, status, created_by_user_id}) =>
      kind === 'release' && status === 'open' && created_by_user_id === me.user_id,
  )
}

/** Fetches the answer once, for a menu. Until it is known, returns false: the server accepts a second request too. */
export function useReleaseRequested(task: BoardTask): boolean {
  const {api, me} = useSession()
  const {value} = useFetched(task.open_question_count > 0 && `release ${task.id}`, () =>
    api.all('GET /projects/{id}/escalations', {params: {id: task.project_id}, query: {task: task.id}}),
  )
  return isReleaseRequested(value, me)
}
