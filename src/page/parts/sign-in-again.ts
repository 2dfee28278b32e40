/** What the shared parts know of the session. The session's provider gives the value. */
import {createContext} from 'react'

interface SignInAgain {
  /** The number of sign-ins on this page. After each sign-in, a failed request can be sent again. */
  signIns: number
  /** Shows the dialog with which the member signs in again. */
  askToSignIn(): void
}

/** Without a session, nothing can be asked: the sign-in form itself uses these parts. */
export const SignInAgainContext = createContext<SignInAgain>({signIns: 0, askToSignIn() {}})
