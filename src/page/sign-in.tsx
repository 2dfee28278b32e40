/**
 * The sign-in form. The viewer signs in with a token. In the demo, the viewer can also sign in as one of the demo
 * members.
 */
import {useId, useState} from 'react'
import type {Role} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Api, Me} from '../client/api.ts'
import {Avatar} from './avatar.tsx'
import {Brand} from './brand.tsx'
import {useFetched} from './fetched.ts'
import {noResponse, roleLabels} from './words.ts'
import './sign-in.css'

interface DemoMember {
  handle: string
  name: string
  role: Role
}

/** Returns the members of the demo, or undefined when the server is not a demo. */
export async function fetchDemoMembers(api: Api): Promise<DemoMember[] | undefined> {
  try {
    return (await api.call<{items: DemoMember[]}>('GET', '/demo/members')).items
  } catch (error) {
    if (error instanceof Problem && error.data.status === 404) return undefined
    throw error
  }
}

interface SignInProps {
  api: Api
  onSignedIn(me: Me): void
}

export function SignIn({api, onSignedIn}: SignInProps) {
  const demoMembers = useFetched('demo', () => fetchDemoMembers(api))
  const [error, setError] = useState<string>()
  const [isBusy, setBusy] = useState(false)

  async function signIn(credentials: {demo_member: string} | {token: string}) {
    setBusy(true)
    setError(undefined)
    try {
      onSignedIn(await api.call<Me>('POST', '/session', credentials))
    } catch (error) {
      setBusy(false)
      setError(error instanceof Problem ? error.message : noResponse)
    }
  }

  return (
    <main className="sign-in">
      <Brand />
      <h1>{demoMembers.value ? 'Choose a member' : 'Sign in'}</h1>
      {demoMembers.value && (
        <>
          <p>This is a demo. To see live updates, open a second window and sign in as another member.</p>
          <ul className="sign-in-members">
            {demoMembers.value.map(({handle, name, role}) => (
              <li key={handle}>
                <button type="button" disabled={isBusy} onClick={() => signIn({demo_member: handle})}>
                  <Avatar name={name} />
                  <span className="sign-in-name">{name}</span>
                  <span className="muted">{roleLabels[role]}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {error && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
      {demoMembers.value ? (
        <details>
          <summary>Sign in with a token</summary>
          <TokenForm isBusy={isBusy} onToken={token => signIn({token})} />
        </details>
      ) : (
        <TokenForm isBusy={isBusy} onToken={token => signIn({token})} />
      )}
    </main>
  )
}

function TokenForm({isBusy, onToken}: {isBusy: boolean; onToken(token: string): void}) {
  const inputId = useId()
  return (
    <form
      className="form"
      onSubmit={event => {
        event.preventDefault()
        const token = new FormData(event.currentTarget).get('token')
        onToken(String(token).trim())
      }}
    >
      <div className="field">
        <label htmlFor={inputId}>Token</label>
        <input
          id={inputId}
          name="token"
          type="password"
          required
          autoComplete="off"
          spellCheck={false}
          placeholder="eyJ…"
        />
      </div>
      <p className="muted">
        A JWT from your identity provider. It is stored in a cookie that scripts cannot read.
      </p>
      <button type="submit" className="button" data-kind="primary" disabled={isBusy}>
        Sign in
      </button>
    </form>
  )
}
