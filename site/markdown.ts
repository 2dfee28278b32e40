/** Converts a Markdown file of the project, or a section of it, into HTML. */
import {Marked, type Tokens} from 'marked'
import {codeBlock} from './code-block.ts'
import {Anchors, type Heading, headingHtml, textOf} from './headings.ts'
import {escapeHtml} from './highlight.ts'

export interface Content {
  html: string
  headings: Heading[]
}

/** Returns the address of a link or an image, or undefined when the link is shown as text. */
export type Links = (href: string) => string | undefined

/** `title` replaces the text of the first heading, and keeps its anchor. */
export function renderMarkdown(text: string, addressOf: Links, title?: string): Content {
  const anchors = new Anchors()
  const headings: Heading[] = []
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({tokens, depth}: Tokens.Heading) {
        const html = this.parser.parseInline(tokens)
        const isTitle = headings.length === 0 && title !== undefined
        const heading = {
          level: depth,
          html: isTitle ? escapeHtml(title) : html,
          id: anchors.idOf(textOf(html)),
        }
        headings.push(heading)
        return headingHtml(heading)
      },
      checkbox({checked}: Tokens.Checkbox) {
        return checked ? '☑ ' : '☐ '
      },
      code({text, lang}: Tokens.Code) {
        return codeBlock(text, lang?.split(' ')[0])
      },
      table(token: Tokens.Table) {
        const cells = (row: Tokens.TableCell[], tag: string) =>
          row.map(cell => {
            const align = cell.align ? ` class="${cell.align}"` : ''
            return `<${tag}${align}>${this.parser.parseInline(cell.tokens)}</${tag}>`
          })
        const head = cells(token.header, 'th').join('')
        const rows = token.rows.map(row => `<tr>${cells(row, 'td').join('')}</tr>`).join('\n')
        const label = token.header
          .map(cell => cell.text)
          .filter(Boolean)
          .join(', ')
        return `<div class="table" tabindex="0" role="group" aria-label="Table: ${escapeHtml(label.replaceAll('`', ''))}"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>\n`
      },
      link({href, tokens}: Tokens.Link) {
        const html = this.parser.parseInline(tokens)
        const address = addressOf(href)
        return address === undefined ? html : `<a href="${escapeHtml(address)}">${html}</a>`
      },
      image({href, text}: Tokens.Image) {
        return `<img src="${escapeHtml(addressOf(href) ?? href)}" alt="${escapeHtml(text)}" loading="lazy">`
      },
    },
  })
  return {html: marked.parse(text, {async: false}), headings}
}

/** Returns a section of a file with its headings moved up, so that the heading of the section is the title. */
export function sectionOf(text: string, heading: string): string {
  const level = heading.indexOf(' ')
  const lines = text.split('\n')
  const isFence = fences()
  let isInside = false
  const section: string[] = []
  for (const line of lines) {
    const isHeading = !isFence(line) && /^#+ /.test(line)
    if (isHeading && line === heading) isInside = true
    else if (isHeading && isInside && line.indexOf(' ') <= level) break
    if (isInside) section.push(isHeading ? line.slice(level - 1) : line)
  }
  if (section.length === 0) throw new Error(`There is no heading “${heading}”.`)
  return section.join('\n')
}

/** Returns the lines that are headings, and not lines of code. */
export function headingLines(text: string): string[] {
  const isFence = fences()
  return text.split('\n').filter(line => !isFence(line) && /^#+ /.test(line))
}

/** Returns a function that says for each line, in order, whether the line belongs to a block of code. */
function fences(): (line: string) => boolean {
  let isCode = false
  return line => {
    const isFence = line.startsWith('```')
    if (isFence) isCode = !isCode
    return isFence || isCode
  }
}
