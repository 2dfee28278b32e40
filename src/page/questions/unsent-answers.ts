/** Answers that the viewer is writing. */
import {useMemo, useSyncExternalStore} from 'react'
import type {Escalation} from '../../client/client.ts'
import {useDrafts} from '../parts/drafts.ts'
import {useSession} from '../session/session.tsx'

/** The key of the draft of the answer. */
export function answerKey(escalationId: string): string {
  return `answer ${escalationId}`
}

/** Returns the ids of the questions that another member has answered while the viewer was writing an answer. */
export function useAnsweredMeanwhile(escalations: readonly Escalation[]): ReadonlySet<string> {
  const {me} = useSession()
  const drafts = useDrafts()
  // A text is compared by its value, so typing does not render the list again.
  const ids = useSyncExternalStore(drafts.subscribe, () =>
    escalations
      .filter(({status, responded_by_user_id}) => status !== 'open' && responded_by_user_id !== me.user_id)
      .filter(({id}) => drafts.read(answerKey(id)) !== undefined)
      .map(({id}) => id)
      .join(' '),
  )
  return useMemo(() => new Set(ids.split(' ')), [ids])
}
