/** Builds the index for the search in the browser. Each section of a page is one document of the index. */
import MiniSearch from 'minisearch'
import {searchOptions} from './browser/search-options.ts'
import {textOf} from './headings.ts'
import type {LaidOutPage} from './layout.ts'

const snippetLength = 160 // characters

/** Returns the index as JSON. */
export function buildSearchIndex(pages: readonly LaidOutPage[]): string {
  const index = new MiniSearch(searchOptions)
  index.addAll(pages.filter(({isStart}) => !isStart).flatMap(sectionsOf))
  return JSON.stringify(index)
}

function sectionsOf({path, title, html}: LaidOutPage) {
  const parts = html.split(/(?=<h[1-3] id=")/)
  return parts.flatMap(part => {
    const [all, level, id, heading = ''] = /^<h([1-3]) id="([^"]*)">(.*?)<\/h\1>/s.exec(part) ?? []
    if (!all) return []
    const text = textOf(
      part
        .slice(all.length)
        .replaceAll(/<button.*?<\/button>|<figcaption>.*?<\/figcaption>/gs, '')
        // The words of neighbouring cells and items must not become one word.
        .replaceAll(/<\/(td|th|dt|dd|li|p|h\d|div)>/g, '$& '),
    )
      .replaceAll(/\s+/g, ' ')
      .trim()
    return {
      id: level === '1' ? path : `${path}#${id}`,
      page: title,
      heading: level === '1' ? title : textOf(heading.replace(/<a class="anchor".*?<\/a>/s, '')).trim(),
      text,
      snippet: text.slice(0, snippetLength),
    }
  })
}
