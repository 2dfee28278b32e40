/**
 * The ways to sign in: a page for a viewer who is not signed in, and a dialog for a member whose session has ended. The
 * viewer signs in with a token. In the demo, the viewer can also sign in as one of the demo members.
 */
import {useEffect, useId, useRef, useState} from 'react'
import type {ApiClient} from '../../client/api-client.ts'
import {type Me, Problem} from '../../client/client.ts'
import {Avatar} from '../parts/avatar.tsx'
import {Brand} from '../parts/brand.tsx'
import {Dialog} from '../parts/dialog.tsx'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {addStyles} from '../parts/late-styles.ts'
import {LoadError, Loading} from '../parts/page-states.tsx'
import {noResponse, roleLabels} from '../parts/words.ts'
import {type DemoMember, fetchDemoMembers} from './demo-members.ts'
import styles from './sign-in.css?inline'

addStyles(styles)

interface SignInProps {
  api: ApiClient
  onSignedIn(me: Me): void
}

export function SignIn({api, onSignedIn}: SignInProps) {
  const fetched = useDemoMembers(api)
  const demoMembers = fetched.value
  const isDemo = demoMembers && demoMembers.length > 0
  return (
    <main className="sign-in">
      <Brand />
      {demoMembers && <h1>{isDemo ? 'Choose a member' : 'Sign in'}</h1>}
      {isDemo && (
        <p>This is a demo. To see live updates, open a second window and sign in as another member.</p>
      )}
      {demoMembers ? (
        <SignInForm api={api} demoMembers={demoMembers} onSignedIn={onSignedIn} />
      ) : (
        <FormPlaceholder fetched={fetched} />
      )}
    </main>
  )
}

/** The dialog does not replace the page, so the content and the drafts on the page are not lost. */
export function SessionEndedDialog({me, api, onSignedIn, onClose}: SignInProps & {me: Me; onClose(): void}) {
  const fetched = useDemoMembers(api)
  const area = useRef<HTMLDivElement>(null)
  const isLoaded = fetched.value !== undefined
  // The form is loaded after the dialog has opened, so the dialog cannot give the focus to the form.
  useEffect(() => {
    if (isLoaded) area.current?.querySelector<HTMLElement>('button, input')?.focus()
  }, [isLoaded])
  return (
    <Dialog title="Your session has ended" onClose={onClose}>
      <div className="sign-in-again" ref={area}>
        <p>
          Sign in again as {me.name} to continue. The page then keeps everything that you have typed. If you
          sign in as another member, the page starts again.
        </p>
        {fetched.value ? (
          <SignInForm
            api={api}
            demoMembers={fetched.value.filter(({name}) => name === me.name)}
            onSignedIn={onSignedIn}
          />
        ) : (
          <FormPlaceholder fetched={fetched} />
        )}
      </div>
    </Dialog>
  )
}

function useDemoMembers(api: ApiClient): Fetched<DemoMember[]> {
  return useFetched('demo', () => fetchDemoMembers(api))
}

function FormPlaceholder({fetched}: {fetched: Fetched<DemoMember[]>}) {
  if (fetched.error === undefined) return <Loading />
  return <LoadError of={fetched}>The sign-in form could not be loaded.</LoadError>
}

interface SignInFormProps extends SignInProps {
  /** The members that the form offers as buttons. */
  demoMembers: DemoMember[]
}

function SignInForm({api, demoMembers, onSignedIn}: SignInFormProps) {
  const [error, setError] = useState<string>()
  const [isBusy, setBusy] = useState(false)

  async function signIn(credentials: {demo_member: string} | {token: string}) {
    setBusy(true)
    setError(undefined)
    try {
      onSignedIn(await api.call('POST /session', {body: credentials}))
    } catch (error) {
      setBusy(false)
      setError(error instanceof Problem ? error.message : noResponse)
    }
  }

  const hasMembers = demoMembers.length > 0
  const tokenForm = <TokenForm isBusy={isBusy} onToken={token => signIn({token})} />
  return (
    <>
      {hasMembers && (
        <ul className="sign-in-members">
          {demoMembers.map(({handle, name, role}) => (
            <li key={handle}>
              <button type="button" disabled={isBusy} onClick={() => signIn({demo_member: handle})}>
                <Avatar name={name} />
                <span className="sign-in-name">{name}</span>
                <span className="muted">{roleLabels[role]}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {error && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
      {hasMembers ? (
        <details>
          <summary>Sign in with a token</summary>
          {tokenForm}
        </details>
      ) : (
        tokenForm
      )}
    </>
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
      <p className="muted">Paste the sign-in token from your organization. The page does not store it.</p>
      <button type="submit" className="button" data-kind="primary" disabled={isBusy}>
        Sign in
      </button>
    </form>
  )
}
