/** The signed-in member. The session is an HttpOnly cookie, so the page must ask the server who is signed in. */
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from 'react'
import {type ApiClient, createApi, isSignedOut, keepTrying} from '../../client/api-client.ts'
import type {Me} from '../../client/client.ts'
import {createDrafts, DraftsContext, tabStorage} from '../parts/drafts.ts'
import {lazyDialog, lazyScreen, usePreload} from '../parts/lazy-part.tsx'
import {createObservable, type Observable} from '../parts/observable.ts'
import {Failure, Loading} from '../parts/page-states.tsx'
import {SignInAgainContext} from '../parts/sign-in-again.ts'
import {type Created, reportCreated} from './created.ts'
import {repeatSafely} from './repeat-safely.ts'

const SignIn = lazyScreen(async () => (await import('./sign-in.tsx')).SignIn)
const SessionEndedDialog = lazyDialog(async () => (await import('./sign-in.tsx')).SessionEndedDialog)

interface Session {
  me: Me
  api: ApiClient
  /** What the viewer has created last on this page. */
  created: Observable<Created | undefined>
  /**
   * Ends the session and deletes its cookie. With `everywhere`, also ends the member's sessions in other browsers.
   * Rejects when the server does not end the sessions. In this case, the member may still be signed in.
   */
  signOut(options?: {everywhere?: boolean}): Promise<void>
  /** The number of sign-ins on this page. Streams reconnect when this number changes. */
  signIns: number
  /** Shows the dialog with which the member signs in again. Call this method after an action of the member. */
  askToSignIn(): void
  /**
   * Shows the dialog of `askToSignIn` without an action of the member. Does nothing while the member is typing,
   * while another modal dialog is open, or when the code of the dialog cannot be loaded. After the member has closed the dialog, this method does nothing
   * until the next sign-in.
   */
  offerSignIn(): void
}

const SessionContext = createContext<Session | undefined>(undefined)

/** Returns the session. Must be called in a component inside `SessionProvider`. */
export function useSession(): Session {
  return useContext(SessionContext)!
}

/** When a member is signed in, renders the children. Otherwise, renders the sign-in form. */
export function SessionProvider({children}: {children: ReactNode}) {
  const created = useMemo(() => createObservable<Created | undefined>(undefined), [])
  const api = useMemo(() => reportCreated(repeatSafely(createApi()), created.set), [created])
  const [me, setMe] = useState<Me | null | undefined>(undefined) // null when no member is signed in
  const [isUnreachable, setUnreachable] = useState(false)
  const [isAsking, setAsking] = useState(false)
  const isDialogUnwanted = useRef(false)
  const isOffering = useRef(false)
  const [signIns, countSignIn] = useReducer((count: number) => count + 1, 0)
  const userId = me?.user_id ?? ''
  const drafts = useMemo(() => createDrafts(userId, tabStorage()), [userId])
  usePreload([SignIn, SessionEndedDialog])

  useEffect(() => {
    if (me !== undefined) return
    const fetching = keepTrying(
      () => api.call('GET /me').catch(error => (isSignedOut(error) ? null : Promise.reject(error))),
      me => {
        setUnreachable(false)
        setMe(me)
      },
      () => setUnreachable(true),
    )
    return () => fetching.stop()
  }, [api, me])

  const applyMember = useCallback(
    (me: Me | null) => {
      // The end of a session is no sign-out: the member can sign in again and continue.
      if (me === null) drafts.clear()
      setMe(me)
      setAsking(false)
      isDialogUnwanted.current = false
      isOffering.current = false
      if (me) countSignIn()
    },
    [drafts],
  )

  // All tabs share the cookie, so a sign-in or sign-out in one tab applies to all tabs.
  const tabs = useRef<BroadcastChannel>(undefined)
  useEffect(() => {
    const channel = new BroadcastChannel('boardcast.session')
    channel.onmessage = ({data}) => applyMember(data)
    tabs.current = channel
    return () => channel.close()
  }, [applyMember])
  const changeMember = useCallback(
    (me: Me | null) => {
      applyMember(me)
      tabs.current?.postMessage(me)
    },
    [applyMember],
  )
  const askToSignIn = useCallback(() => setAsking(true), [])
  const offerSignIn = useCallback(() => {
    isOffering.current = true
    // The code may arrive late. What the member does at that time decides, not what the member did before.
    const offer = () => {
      if (!isOffering.current) return
      const isTyping = document.activeElement?.matches(':read-write')
      if (isTyping || isDialogUnwanted.current || document.querySelector('dialog:modal')) return
      setAsking(true)
    }
    SessionEndedDialog.load().then(offer, () => {}) // the note about the connection also offers to sign in
  }, [])
  const closeDialog = useCallback(() => {
    setAsking(false)
    isDialogUnwanted.current = true
  }, [])
  const signOut = useCallback(
    async ({everywhere = false} = {}) => {
      if (everywhere) await api.call('DELETE /sessions')
      const deletion = api.call('DELETE /session')
      // When all sessions have ended, the server refuses the cookie. This refusal is not a failure of the sign-out.
      await (everywhere ? deletion.catch(() => {}) : deletion)
      changeMember(null)
    },
    [api, changeMember],
  )

  if (me === undefined && isUnreachable) {
    return <Failure title="The server is not responding" detail="Retrying automatically…" />
  }
  if (me === undefined) return <Loading />
  if (me === null) return <SignIn api={api} onSignedIn={changeMember} />
  // When another member signs in, the key changes, so that React replaces all streams and state.
  return (
    <SessionContext key={me.user_id} value={{me, api, created, signOut, signIns, askToSignIn, offerSignIn}}>
      <SignInAgainContext value={{signIns, askToSignIn}}>
        <DraftsContext value={drafts}>{children}</DraftsContext>
      </SignInAgainContext>
      {isAsking && <SessionEndedDialog me={me} api={api} onSignedIn={changeMember} onClose={closeDialog} />}
    </SessionContext>
  )
}
