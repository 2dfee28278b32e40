/** Who is looking at the page: asked of the server, which knows them by a cookie that scripts cannot read. */
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import {Api, isSignedOut, type Me, problemOf} from '../client/api.ts'
import {keepTrying} from '../client/keep-trying.ts'
import {Failure, Waiting} from './page-states.tsx'
import {SignIn} from './sign-in.tsx'

export interface Session {
  me: Me
  api: Api
  /** Forgets the cookie, here and on the server. */
  signOut(): Promise<void>
  /** The server has refused the cookie: back to the sign-in. */
  expire(): void
}

const SessionContext = createContext<Session | undefined>(undefined)

/** Only below `SessionProvider`, where somebody is signed in. */
export function useSession(): Session {
  return useContext(SessionContext)!
}

/** Renders its children for a member who is signed in, and otherwise the sign-in. */
export function SessionProvider({children}: {children: ReactNode}) {
  const api = useMemo(() => new Api({}), [])
  const [me, setMe] = useState<Me | null | undefined>(undefined) // null: signed out
  const [isUnreachable, setUnreachable] = useState(false)

  useEffect(() => {
    if (me !== undefined) return
    const asking = keepTrying(
      () => api.call<Me>('GET', '/me').catch(error => (isSignedOut(error) ? null : Promise.reject(error))),
      answer => {
        setUnreachable(false)
        setMe(answer)
      },
      () => setUnreachable(true),
    )
    return () => asking.stop()
  }, [api, me])

  // All tabs have one cookie: who signs in or out in one of them does so in all.
  const tabs = useRef<BroadcastChannel>(undefined)
  useEffect(() => {
    const channel = new BroadcastChannel('boardcast.session')
    channel.onmessage = ({data}) => setMe(data)
    tabs.current = channel
    return () => channel.close()
  }, [])
  const change = useCallback((me: Me | null) => {
    setMe(me)
    tabs.current?.postMessage(me)
  }, [])
  const expire = useCallback(() => setMe(null), [])
  const signOut = useCallback(async () => {
    await api.call('DELETE', '/session')
    change(null)
  }, [api, change])

  if (me === undefined && isUnreachable) {
    return <Failure title="The server does not answer" detail="This page tries again by itself." />
  }
  if (me === undefined) return <Waiting />
  if (me === null) return <SignIn api={api} onSignedIn={change} />
  // Another member has streams and state of their own.
  return (
    <SessionContext key={me.user_id} value={{me, api, signOut, expire}}>
      {children}
    </SessionContext>
  )
}

/** A list, and the place in the log that it shows: with what follows it nothing is missed. */
export async function readWithCursor<T>(api: Api, path: string): Promise<{answer: T; cursor: string}> {
  const response = await fetch(api.address(path), {cache: 'no-store', signal: AbortSignal.timeout(20_000)})
  if (!response.ok) throw await problemOf(response)
  return {answer: (await response.json()) as T, cursor: response.headers.get('Event-Id')!}
}

/** All items of a list that is given in pages. */
export async function readAll<T>(api: Api, path: string): Promise<T[]> {
  const items: T[] = []
  let after = ''
  do {
    const parameters = new URLSearchParams({limit: '200', ...(after && {after})})
    const page = await api.call<{items: T[]; next: string | null}>('GET', `${path}?${parameters}`)
    items.push(...page.items)
    after = page.next ?? ''
  } while (after)
  return items
}
