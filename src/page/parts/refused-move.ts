/** Finds out why a move in the order was refused. */
import {isProblem} from '../../client/api-client.ts'

/** The refusal does not say whether the moved thing or its neighbour was deleted. So the moved thing is fetched. */
export async function isNeighbourDeleted(
  refusal: unknown,
  noun: 'task' | 'story',
  fetchMoved: () => Promise<unknown>,
): Promise<boolean> {
  const isDeletion = (error: unknown) => isProblem(error, `${noun}-not-found`)
  if (!isDeletion(refusal)) return false
  return fetchMoved().then(
    () => true,
    error => !isDeletion(error),
  )
}
