/** The viewer's settings on this device, stored in the browser. */
import {createObservable, useObservable} from './observable.ts'

export interface Settings {
  theme: 'system' | 'light' | 'dark'
  grouping: 'status' | 'story'
  /** Whether single-key shortcuts are enabled. */
  hasKeys: boolean
  /** Whether new notifications appear on the desktop while the page is hidden. The browser must also permit this. */
  hasDesktopNotes: boolean
}

const storageKey = 'boardcast.settings'
const defaults: Settings = {theme: 'system', grouping: 'status', hasKeys: true, hasDesktopNotes: false}
const settings = createObservable<Settings>(read())

export function useSettings(): [Settings, (change: Partial<Settings>) => void] {
  return [useObservable(settings), change]
}

/** Applies the theme to the document. */
export function showTheme(): void {
  const {theme} = settings.get()
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

function change(fields: Partial<Settings>): void {
  settings.set({...settings.get(), ...fields})
  showTheme()
  try {
    localStorage.setItem(storageKey, JSON.stringify(settings.get()))
  } catch {
    // Storage is full or disabled, so the setting is lost when the page is closed.
  }
}

function read(): Settings {
  try {
    return {...defaults, ...JSON.parse(localStorage.getItem(storageKey) ?? '{}')}
  } catch {
    return defaults
  }
}
