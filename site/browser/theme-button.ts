/** The button that changes between the light and the dark theme. The board uses the same setting. */
const storageKey = 'boardcast.settings'

export function enableThemeButton(): void {
  const button = document.querySelector<HTMLButtonElement>('.theme-button')
  if (!button) return
  button.hidden = false
  button.addEventListener('click', () => {
    const root = document.documentElement
    const isDark = root.dataset.theme
      ? root.dataset.theme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches
    root.dataset.theme = isDark ? 'light' : 'dark'
    store(root.dataset.theme)
  })
}

function store(theme: string): void {
  try {
    const settings = JSON.parse(localStorage.getItem(storageKey) ?? '{}')
    localStorage.setItem(storageKey, JSON.stringify({...settings, theme}))
  } catch {
    // Storage is full or disabled, so the theme is lost when the page is left.
  }
}
