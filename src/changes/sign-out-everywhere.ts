import {accessChange} from '../board/access.ts'
import {type Change, changeBy, startAction} from './change.ts'

/** Ends all sessions of the caller. The streams of these sessions end on every process. */
export function signOutEverywhere(): Change<null> {
  return changeBy('viewer', async (trx, caller) => {
    const {timestamp} = startAction(caller)
    const ended = await trx
      .updateTable('sessions')
      .set({ended_at: timestamp})
      .where('organization_id', '=', caller.organization_id)
      .where('member_id', '=', caller.user_id)
      .where('ended_at', 'is', null)
      .returning('id')
      .execute()
    if (ended.length === 0) return {result: null, events: []}
    const ids = ended.map(({id}) => id)
    return {
      result: null,
      events: [{event: accessChange({timestamp, actor_user_id: caller.user_id}, ids, 'signed-out')}],
    }
  })
}
