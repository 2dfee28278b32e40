/** What a viewer has chosen on this device, kept in the browser. */
import {hold, useHeld} from './held.ts'

export interface Settings {
  theme: 'system' | 'light' | 'dark'
  grouping: 'status' | 'story'
  /** Whether single keys are shortcuts. */
  hasKeys: boolean
}

const place = 'boardcast.settings'
const usual: Settings = {theme: 'system', grouping: 'status', hasKeys: true}
const settings = hold<Settings>(read())

export function useSettings(): [Settings, (change: Partial<Settings>) => void] {
  return [useHeld(settings), change]
}

/** Shows the theme before anything is rendered. */
export function showTheme(): void {
  const {theme} = settings.get()
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

function change(fields: Partial<Settings>): void {
  settings.set({...settings.get(), ...fields})
  showTheme()
  try {
    localStorage.setItem(place, JSON.stringify(settings.get()))
  } catch {
    // Storage that is full or forbidden: the choice holds until the page is left.
  }
}

function read(): Settings {
  try {
    return {...usual, ...JSON.parse(localStorage.getItem(place) ?? '{}')}
  } catch {
    return usual
  }
}
