/** The list of everything that the stream has sent and received, with the newest entry at the end. */

const maxEntries = 500 // older entries are removed, so that the page stays fast

export class BlockList {
  private readonly list: HTMLElement
  private readonly dot: HTMLElement
  private readonly statusText: HTMLElement
  private readonly countText: HTMLElement
  private events = 0
  private isReplaying = false

  constructor(output: HTMLElement) {
    this.list = output.querySelector('.console-blocks')!
    this.list.tabIndex = 0 // readers can scroll the list with the keyboard
    this.dot = output.querySelector('.console-dot')!
    this.statusText = output.querySelector('[role=status]')!
    this.countText = output.querySelector('.console-count')!
  }

  status(status: string): void {
    this.dot.dataset.status = status
    this.statusText.textContent = status
  }

  note(text: string): void {
    this.add('note', [element('span', 'console-text', text)])
  }

  request(url: string, headers: Record<string, string>): void {
    const {pathname, search} = new URL(url, location.href)
    const sent = Object.entries(headers).filter(([name]) => /^(accept|last-event-id)$/i.test(name))
    const lines = [`GET ${pathname}${search}`, ...sent.map(([name, value]) => `${name}: ${value}`)]
    this.isReplaying = true
    this.add('request', [element('pre', 'console-text', lines.join('\n'))])
  }

  block(text: string): void {
    const type = typeOf(text)
    const isControl = type.startsWith('stream.') || type.startsWith('presence.')
    if (!isControl) this.events += 1
    const label = !isControl && this.isReplaying ? [element('span', 'console-replay', 'replayed')] : []
    if (type === 'stream.ready') this.isReplaying = false
    const kind = isControl ? 'control' : 'event'
    this.add(kind, [element('strong', '', type), ...label, element('pre', 'console-text', text)])
    this.countText.textContent = `${this.events} ${this.events === 1 ? 'event' : 'events'}`
  }

  clear(): void {
    this.list.replaceChildren()
    this.events = 0
    this.countText.textContent = ''
  }

  private add(kind: string, children: HTMLElement[]): void {
    const {list} = this
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40
    const entry = element('li', '')
    entry.dataset.kind = kind
    const time = element('time', '', new Date().toLocaleTimeString('en-GB'))
    entry.append(time, ...children)
    list.append(entry)
    if (list.children.length > maxEntries) list.firstElementChild?.remove()
    if (isAtEnd) list.scrollTop = list.scrollHeight
  }
}

/** The type of the event in a block. The answer to a poll has no type. */
function typeOf(block: string): string {
  return /"type":"([\w.]+)"/.exec(/^data:.*$/m.exec(block)?.[0] ?? '')?.[1] ?? 'stream.poll answer'
}

function element(name: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(name)
  if (className) made.className = className
  made.textContent = text
  return made
}
