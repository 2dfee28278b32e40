/**
 * The content of the account menu: the viewer's name and role, the theme, and the buttons to sign out. In the demo, a link
 * opens a second window, in which the viewer can sign in as another member.
 */
import {isSignedOut} from '../../client/api-client.ts'
import {useFetched} from '../parts/fetched.ts'
import {useNotes} from '../parts/notes.tsx'
import {Link} from '../parts/route.tsx'
import {type Settings, useSettings} from '../parts/settings.ts'
import {roleLabels, signOutFailureText} from '../parts/words.ts'
import {fetchDemoMembers} from '../session/demo-members.ts'
import {useSession} from '../session/session.tsx'

const themes: [Settings['theme'], string][] = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
]

export function AccountPanel() {
  const {me, api, signOut, askToSignIn} = useSession()
  const {showWarning} = useNotes()
  const [{theme}, changeSettings] = useSettings()
  const demoMembers = useFetched('demo', () => fetchDemoMembers(api))

  function showFailure(error: unknown) {
    if (isSignedOut(error)) askToSignIn()
    else showWarning(signOutFailureText(error))
  }

  return (
    <>
      <p className="account-who">
        <strong>{me.name}</strong>
        <span className="muted">{roleLabels[me.role]}</span>
      </p>
      <Link href="/my-work" className="button">
        My work
      </Link>
      <p className="muted" aria-hidden="true">
        Theme
      </p>
      <fieldset className="segmented">
        <legend className="visually-hidden">Theme</legend>
        {themes.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="theme"
              checked={theme === value}
              onChange={() => changeSettings({theme: value})}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      {demoMembers.value && demoMembers.value.length > 0 && (
        <a className="button" href={otherHostUrl()} target="_blank" rel="noreferrer">
          Open a window as another member
        </a>
      )}
      <div className="account-exits">
        <button type="button" className="button" onClick={() => signOut().catch(showFailure)}>
          Sign out
        </button>
        <button
          type="button"
          className="button"
          onClick={() => signOut({everywhere: true}).catch(showFailure)}
        >
          Sign out everywhere
        </button>
      </div>
    </>
  )
}

/**
 * Returns the page's URL with another host: `127.0.0.1` if the current host is `localhost`, otherwise `localhost`. Each
 * host has separate cookies, and therefore a separate session.
 */
function otherHostUrl(): string {
  const url = new URL(location.href)
  url.hostname = url.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
  return url.href
}
