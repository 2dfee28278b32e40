/** Applies the theme that the reader has chosen on this page or on the board, before the page is drawn. */
try {
  const {theme} = JSON.parse(localStorage.getItem('boardcast.settings') ?? '{}')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is disabled, so the theme follows the system.
}
