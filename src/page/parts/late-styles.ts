const added = new Set<string>()

/**
 * Adds the styles of a part that loads late, unless they are already there. Such a part imports its style sheet as text
 * (`./part.css?inline`), so that the styles are in the file of its code: a browser does not load a style sheet again that
 * could not be loaded, and the part would then appear without its styles. A module calls this function when it is loaded.
 */
export function addStyles(styles: string): void {
  if (added.has(styles)) return
  added.add(styles)
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(styles)
  document.adoptedStyleSheets.push(sheet)
}
