/** The headings of a page and their anchors. */

export interface Heading {
  level: number
  /** The text as HTML. */
  html: string
  /** The anchor, without `#`. */
  id: string
}

/** Creates anchors like GitHub, so that the same links work in the repository. Each anchor of a page is unique. */
export class Anchors {
  private readonly used = new Map<string, number>()

  idOf(text: string): string {
    const id = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-')
    const count = this.used.get(id) ?? 0
    this.used.set(id, count + 1)
    return count === 0 ? id : `${id}-${count}`
  }
}

/** Removes the tags and decodes the entities that the build writes. */
export function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

/** Returns the HTML of a heading with a link to itself. */
export function headingHtml({level, html, id}: Heading): string {
  const link = `<a class="anchor" href="#${id}" aria-label="Link to this section: ${textOf(html).replaceAll('"', '')}">#</a>`
  return `<h${level} id="${id}">${html}${level > 1 ? ` ${link}` : ''}</h${level}>\n`
}
