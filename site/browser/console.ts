/**
 * The stream console. The streams are those of `openTaskStream`. The console passes its own `fetch`, which shows the
 * requests and the bytes of the responses, and which can cut the connection.
 */
import './main.ts'
import {type ApiClient, createApi, isProblem} from '../../src/client/api-client.ts'
import type {EventType, Me, Topic} from '../../src/client/client.ts'
import {openTaskStream, Problem, type TaskStream} from '../../src/client/client.ts'
import {BlockList} from './block-list.ts'
import {changeSomeTask} from './change-some-task.ts'
import {ObservedNetwork} from './observed-network.ts'

const maxSprints = 200 // the list shows the sprints of the first projects

const root = document.querySelector<HTMLElement>('#console')
if (root) start(root)

function start(root: HTMLElement): void {
  const find = <E extends HTMLElement>(selector: string) => root.querySelector<E>(selector)!
  const signIn = find<HTMLFormElement>('.console-sign-in')
  const options = find<HTMLFormElement>('.console-options')
  const error = find('.console-error')
  const cut = find<HTMLButtonElement>('[name=cut]')
  const change = find<HTMLButtonElement>('[name=change]')
  const blocks = new BlockList(find('.console-output'))
  let headers: Record<string, string> = {}
  let stream: TaskStream | undefined
  let network: ObservedNetwork | undefined

  root.hidden = false
  find('.console-members').addEventListener('click', event => {
    const handle = (event.target as HTMLElement).dataset.handle
    if (handle) attempt(() => api().call('POST /session', {body: {demo_member: handle}})).then(enter)
  })
  signIn.addEventListener('submit', event => {
    event.preventDefault()
    headers = headersFor(find<HTMLInputElement>('#credential').value.trim())
    enter()
  })
  options.addEventListener('submit', event => {
    event.preventDefault()
    open()
  })
  cut.addEventListener('click', () => setCut(!network?.isCut))
  change.addEventListener('click', async () => {
    change.disabled = true
    const words = await attempt(() => changeSomeTask(api(), find<HTMLSelectElement>('#sprint').value))
    if (words) blocks.note(words)
    change.disabled = false
  })
  find('[name=clear]').addEventListener('click', () => blocks.clear())
  enter()

  function api(): ApiClient {
    return createApi({headers})
  }

  /** Shows the form of the stream when the credential is valid, and the form of the credential otherwise. */
  async function enter(): Promise<void> {
    error.hidden = true
    try {
      const me = await api().call('GET /me')
      await showSprints()
      showCaller(me)
    } catch (caught) {
      if (caught instanceof Problem && caught.data.status === 401) return askForCredential(caught)
      fail(caught)
    }
  }

  async function askForCredential(refusal: Problem): Promise<void> {
    if (Object.keys(headers).length > 0) fail(refusal)
    headers = {}
    signIn.hidden = false
    const members = find('.console-members')
    try {
      const {items} = await api().call('GET /demo/members')
      members.replaceChildren(...items.map(({handle, name}) => memberButton(handle, name)))
      members.hidden = false
    } catch {
      // The server is not a demo.
    }
  }

  function showCaller({name, role}: Me): void {
    signIn.hidden = true
    find('.console-main').hidden = false
    find('.console-caller').textContent = `Signed in as ${name} (${role})`
    change.disabled = role === 'viewer'
  }

  async function showSprints(): Promise<void> {
    const {projects, sprints: listed} = await api().call('GET /dashboard')
    const names = new Map(projects.map(({id, name}) => [id, name]))
    const sprints = listed.map(
      ({id, name, project_id}) => new Option(`${names.get(project_id)}: ${name}`, id),
    )
    const select = find<HTMLSelectElement>('#sprint')
    select.replaceChildren(new Option('All sprints', ''), ...sprints.slice(0, maxSprints))
    if (sprints.length > 0) select.selectedIndex = 1
  }

  function open(): void {
    const form = new FormData(options)
    const textOf = (name: string) => String(form.get(name) ?? '').trim()
    stream?.close()
    error.hidden = true
    network = new ObservedNetwork({
      onRequest: (url, sent) => blocks.request(url, sent),
      onBlock: block => blocks.block(block),
      onCut: () => blocks.note('The connection was cut.'),
    })
    stream = openTaskStream({
      headers,
      fetch: network.fetch,
      share: false,
      transport: textOf('transport') as 'fetch' | 'poll',
      cursor: textOf('cursor') || undefined,
      selection: {
        topics: form.getAll('topics') as Topic[],
        ...(textOf('sprint') && {sprintId: textOf('sprint')}),
        ...(textOf('types') && {types: textOf('types').split(/\s*,\s*/) as EventType[]}),
      },
      onStatus: status => blocks.status(network?.isCut ? 'cut' : status),
      onError: caught => {
        if (!network?.isCut) fail(caught)
      },
    })
    blocks.status(stream.status)
    cut.disabled = false
    setCut(false)
  }

  function setCut(isCut: boolean): void {
    if (!network || !stream) return
    cut.textContent = isCut ? 'Resume' : 'Cut the connection'
    if (network.isCut === isCut) return
    network.isCut = isCut
    if (isCut) blocks.status('cut')
    else stream.reconnect()
  }

  async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    error.hidden = true
    try {
      return await work()
    } catch (caught) {
      fail(caught)
      return undefined
    }
  }

  function fail(caught: unknown): void {
    const isUnexpected = isProblem(caught, 'unexpected-response')
    error.hidden = false
    error.textContent =
      caught instanceof Problem && !isUnexpected
        ? `${caught.message} (${caught.code})`
        : 'The server did not respond. The console works only on a page that a Boardcast server serves.'
  }
}

function memberButton(handle: string, name: string): HTMLButtonElement {
  const button = document.createElement('button')
  Object.assign(button, {type: 'button', className: 'console-button', textContent: name})
  button.dataset.handle = handle
  return button
}

/** A JWT has three parts that are separated by points. An API key has no points. */
function headersFor(credential: string): Record<string, string> {
  return credential.includes('.') ? {authorization: `Bearer ${credential}`} : {'x-api-key': credential}
}
