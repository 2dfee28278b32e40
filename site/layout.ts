/** The HTML around the content of a page: navigation, search, table of contents, and the links to the next page. */
import type {Heading} from './headings.ts'
import {textOf} from './headings.ts'
import {escapeHtml} from './highlight.ts'
import type {Chapter, Page} from './pages.ts'
import {relative} from './sources.ts'

export interface Assets {
  /** The addresses below `/docs/` of the scripts, the styles and the search index. */
  style: string
  theme: string
  script: string
  console: string
  search: string
  icon: string
}

export interface LaidOutPage extends Page {
  html: string
  headings: Heading[]
  /** A sentence for search engines. */
  description: string
}

const logo =
  '<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8" class="brand-background"/><rect x="7" y="8" width="4.5" height="16" rx="2.25" opacity=".55"/><rect x="13.75" y="8" width="4.5" height="11" rx="2.25" opacity=".8"/><rect x="20.5" y="8" width="4.5" height="7" rx="2.25"/></svg>'

export function layOut(page: LaidOutPage, chapters: Chapter[], assets: Assets): string {
  const to = (path: string) => escapeHtml(relative(page, path))
  const title = page.isStart
    ? 'Boardcast: live sprint boards over Server-Sent Events'
    : `${page.title} · Boardcast`
  const isConsole = page.path === 'console/'
  const contents = page.isStart ? '' : tableOfContents(page.headings)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escapeHtml(page.description)}">
<link rel="icon" href="${to(assets.icon)}" type="image/svg+xml">
<link rel="stylesheet" href="${to(assets.style)}">
<title>${escapeHtml(title)}</title>
<script src="${to(assets.theme)}"></script>
<script type="module" src="${to(isConsole ? assets.console : assets.script)}"></script>
</head>
<body data-root="${to('')}" data-search="${to(assets.search)}"${page.isStart ? ' class="start"' : ''}>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<button type="button" class="icon-button menu-button" popovertarget="navigation" aria-label="Open the navigation"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 7h16M4 12h16M4 17h16"/></svg></button>
<a class="brand" href="${to('')}">${logo}<span>Boardcast</span></a>
<nav class="top-links" aria-label="Main">
${[
  ['getting-started/', 'Guide'],
  ['rest/', 'REST API'],
  ['reference/', 'Client API'],
  ['console/', 'Console'],
]
  .map(([path, name]) => link(page, path!, name!))
  .join('\n')}
</nav>
<button type="button" class="search-button" aria-label="Search" aria-keyshortcuts="/" hidden><svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/></svg><span>Search</span><kbd>/</kbd></button>
<button type="button" class="icon-button theme-button" hidden aria-label="Change the theme"><svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8"/><path class="filled" d="M12 4a8 8 0 0 1 0 16z"/></svg></button>
</header>
<div class="frame">
<nav class="navigation" id="navigation" popover aria-label="Documentation">
${chapters.map(chapter => navigationOf(page, chapter)).join('\n')}
</nav>
<main id="content" tabindex="-1"${isConsole ? ' class="wide"' : ''}>
${page.html}
${page.isStart ? '' : neighbours(page, chapters)}
</main>
${contents}
</div>
</body>
</html>
`
}

function link(page: Page, path: string, name: string): string {
  const isCurrent = page.path === path
  return `<a href="${escapeHtml(relative(page, path))}"${isCurrent ? ' aria-current="page"' : ''}>${escapeHtml(name)}</a>`
}

/** A chapter with `isFolded` pages, such as a reference, shows all its pages only while the reader is in it. */
function navigationOf(page: Page, {title, pages, isFolded}: Chapter): string {
  const isOpen = !isFolded || pages.some(({path}) => path === page.path)
  const items = (isOpen ? pages : pages.slice(0, 1)).map(
    ({path, title}) => `<li>${link(page, path, title)}</li>`,
  )
  return `<section><h2>${escapeHtml(title)}</h2><ul>${items.join('')}</ul></section>`
}

function tableOfContents(headings: Heading[]): string {
  const shown = headings.filter(({level}) => level === 2 || level === 3)
  if (shown.length < 2) return '<div class="contents"></div>'
  const items = shown.map(
    ({level, html, id}) => `<li class="level-${level}"><a href="#${id}">${escapeHtml(textOf(html))}</a></li>`,
  )
  return `<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>${items.join('')}</ul></nav>`
}

function neighbours(page: Page, chapters: Chapter[]): string {
  const pages = chapters.flatMap(({pages}) => pages)
  const index = pages.findIndex(({path}) => path === page.path)
  const card = (target: Page | undefined, label: string, rel: string) =>
    target
      ? `<a rel="${rel}" href="${escapeHtml(relative(page, target.path))}"><small>${label}</small>${escapeHtml(target.title)}</a>`
      : '<span></span>'
  return `<nav class="neighbours" aria-label="Previous and next page">${card(pages[index - 1], 'Previous', 'prev')}${card(pages[index + 1], 'Next', 'next')}</nav>`
}
