import {useMemo} from 'react'
import type {Member} from '../../client/client.ts'
import {useMembers} from './organization-stream.tsx'

/**
 * Returns the board with all members of the organization. The board from the server contains only the members who own
 * or created its tasks.
 */
export function useKnownMembers<B extends {members: Member[]}>(board: B | undefined): B | undefined {
  const members = useMembers()
  return useMemo(() => {
    if (!board) return undefined
    const known = new Set(members.map(({id}) => id))
    return {...board, members: [...members, ...board.members.filter(({id}) => !known.has(id))]}
  }, [board, members])
}
