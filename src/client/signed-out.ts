/** Decides whether an error means that the caller is signed out. */
import {Problem} from '../board/problem.ts'

/** Returns the status that a stream has after a request has failed with this error. */
export function statusAfter(error: unknown): 'signed-out' | 'connecting' {
  return isSignedOut(error) ? 'signed-out' : 'connecting'
}

/** Returns true when the server has refused the credentials, or when an admin has removed the member. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && (error.data.status === 401 || error.code === 'member-removed')
}
