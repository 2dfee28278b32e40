/** The sign-in: with one click as a member of the demo, or with a token. */
import {useState} from 'react'
import type {Role} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Api, Me} from '../client/api.ts'
import {Avatar} from './avatar.tsx'
import {Brand} from './brand.tsx'
import {useLoaded} from './loaded.ts'
import {roleLabels} from './words.ts'
import './sign-in.css'

export interface DemoMember {
  handle: string
  name: string
  role: Role
}

/** Undefined where the server is no demo. */
export async function readDemoMembers(api: Api): Promise<DemoMember[] | undefined> {
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
  const demo = useLoaded('demo', () => readDemoMembers(api))
  const [error, setError] = useState<string>()
  const [isBusy, setBusy] = useState(false)

  async function signIn(credentials: {demo_member: string} | {token: string}) {
    setBusy(true)
    setError(undefined)
    try {
      onSignedIn(await api.call<Me>('POST', '/session', credentials))
    } catch (error) {
      setBusy(false)
      setError(
        error instanceof Problem ? error.message : 'The server does not answer. Try again in a moment.',
      )
    }
  }

  return (
    <main className="sign-in">
      <Brand />
      <h1>{demo.value ? 'Who are you today?' : 'Sign in'}</h1>
      {demo.value && (
        <>
          <p>This is a demo. Choose somebody; in another window, be somebody else.</p>
          <ul className="sign-in-members">
            {demo.value.map(({handle, name, role}) => (
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
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      {demo.value ? (
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
  return (
    <form
      className="form"
      onSubmit={event => {
        event.preventDefault()
        const token = new FormData(event.currentTarget).get('token')
        onToken(String(token).trim())
      }}
    >
      <label className="field">
        <span>Token</span>
        <input
          name="token"
          type="password"
          required
          autoComplete="off"
          spellCheck={false}
          placeholder="eyJ…"
        />
      </label>
      <p className="muted">
        A JWT from your identity provider. The server keeps it in a cookie that no script can read.
      </p>
      <button type="submit" className="button" data-kind="primary" disabled={isBusy}>
        Sign in
      </button>
    </form>
  )
}
