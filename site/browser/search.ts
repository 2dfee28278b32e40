/** The search dialog. The index is loaded when the reader opens the dialog for the first time. */
import MiniSearch, {type SearchResult} from 'minisearch'
import {type SearchDocument, searchOptions} from './search-options.ts'

const maxResults = 12

type Result = SearchResult & Pick<SearchDocument, 'page' | 'heading' | 'snippet'>

export function enableSearch(): void {
  const button = document.querySelector<HTMLButtonElement>('.search-button')
  if (!button) return
  const dialog = createDialog()
  const open = () => {
    if (dialog.open) return
    dialog.showModal()
    dialog.querySelector('input')?.select()
  }
  button.hidden = false
  button.addEventListener('click', open)
  document.addEventListener('keydown', event => {
    const isShortcut = event.key === '/' || (event.key === 'k' && (event.ctrlKey || event.metaKey))
    if (!isShortcut || (event.target as Element).matches('input, textarea, select')) return
    event.preventDefault()
    open()
  })
}

function createDialog(): HTMLDialogElement {
  const dialog = document.createElement('dialog')
  dialog.className = 'search'
  dialog.setAttribute('aria-label', 'Search the documentation')
  const input = document.createElement('input')
  const list = document.createElement('div')
  const status = document.createElement('p')
  Object.assign(input, {
    type: 'search',
    placeholder: 'Search the documentation',
    autocomplete: 'off',
    spellcheck: false,
  })
  for (const [name, value] of [
    ['role', 'combobox'],
    ['aria-label', 'Search the documentation'],
    ['aria-controls', 'search-results'],
    ['aria-expanded', 'false'],
    ['aria-autocomplete', 'list'],
  ]) {
    input.setAttribute(name!, value!)
  }
  list.id = 'search-results'
  list.setAttribute('role', 'listbox')
  list.setAttribute('aria-label', 'Results')
  list.hidden = true
  status.setAttribute('role', 'status')
  dialog.append(input, list, status)
  document.body.append(dialog)

  let index: Promise<MiniSearch<SearchDocument>> | undefined
  let selected = 0

  const select = (next: number) => {
    const options = [...list.children]
    selected = options.length === 0 ? 0 : (next + options.length) % options.length
    for (const [position, option] of options.entries()) {
      option.setAttribute('aria-selected', String(position === selected))
    }
    options[selected]?.scrollIntoView({block: 'nearest'})
    input.setAttribute('aria-activedescendant', options[selected]?.id ?? '')
  }
  const show = (results: Result[], words: string) => {
    list.replaceChildren(...results.slice(0, maxResults).map(optionOf))
    list.hidden = results.length === 0
    input.setAttribute('aria-expanded', String(results.length > 0))
    status.textContent = resultText(results.length, words)
    select(0)
  }
  input.addEventListener('input', async () => {
    const words = input.value.trim()
    try {
      index ??= loadIndex()
      const loaded = await index
      if (words === input.value.trim()) show(words ? (loaded.search(words) as Result[]) : [], words)
    } catch {
      index = undefined
      status.textContent = 'The search index could not be loaded.'
    }
  })
  input.addEventListener('keydown', event => {
    if (event.key === 'ArrowDown') select(selected + 1)
    else if (event.key === 'ArrowUp') select(selected - 1)
    else if (event.key === 'Enter') (list.children[selected] as HTMLElement | undefined)?.click()
    else return
    event.preventDefault()
  })
  dialog.addEventListener('click', event => {
    const isBackdrop = event.target === dialog
    if (isBackdrop || (event.target as Element).closest('a')) dialog.close()
  })
  return dialog
}

async function loadIndex(): Promise<MiniSearch<SearchDocument>> {
  const response = await fetch(document.body.dataset.search!)
  if (!response.ok) throw new Error(`The server responded with ${response.status}.`)
  return MiniSearch.loadJSON(await response.text(), searchOptions)
}

function resultText(count: number, words: string): string {
  if (!words) return ''
  if (count === 0) return `Nothing was found for “${words}”.`
  return count > maxResults
    ? `${maxResults} of ${count} results`
    : `${count} ${count === 1 ? 'result' : 'results'}`
}

function optionOf({id, page, heading, snippet}: Result, position: number): HTMLAnchorElement {
  const option = document.createElement('a')
  option.id = `search-result-${position}`
  option.setAttribute('role', 'option')
  option.href = document.body.dataset.root + id
  option.tabIndex = -1
  const title = document.createElement('strong')
  title.textContent = heading
  const place = document.createElement('small')
  place.textContent = heading === page ? '' : page
  const text = document.createElement('span')
  text.textContent = snippet
  option.append(title, place, text)
  return option
}
