/** Reads the Markdown of the pages, and resolves the links between the files. */
import {readFileSync} from 'node:fs'
import {posix} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Anchors} from './headings.ts'
import {type Content, headingLines, renderMarkdown, sectionOf} from './markdown.ts'
import {type Page, pathsOfFiles} from './pages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Where readers find the files that the site does not contain. */
const repository = 'https://github.com/boardcast/boardcast/blob/main'

export interface Sources {
  /** Renders a page. Throws when a link leads to a heading that does not exist. */
  render(page: Page): Content
  /** The images that the rendered pages show: the name of each image, and its file relative to the project folder. */
  images: ReadonlyMap<string, string>
}

/** `generated` contains the paths of the pages that have no Markdown file. */
export function openSources(pages: readonly Page[], generated: readonly string[]): Sources {
  const texts = new Map(pages.map(page => [page, readPage(page)]))
  const anchors = new Map(pages.map(page => [page, anchorsOf(texts.get(page)!)]))
  const images = new Map<string, string>()

  function render(page: Page): Content {
    const addressOf = (href: string) => {
      if (/^[a-z]+:/.test(href)) return href
      const [path = '', anchor] = href.split('#')
      if (generated.includes(path)) return relative(page, path, anchor)
      const file =
        path === '' ? page.source! : posix.join(posix.dirname(page.source!), path).replace(/\/$/, '')
      if (/\.(png|svg)$/.test(file)) return relative(page, addImage(images, file))
      const candidates = pages.filter(({source}) => source === file)
      const target = candidates.find(other => !anchor || anchors.get(other)!.has(anchor))
      if (target) return relative(page, target.path, anchor)
      const known = pathsOfFiles[file]
      if (known !== undefined && !anchor) return relative(page, known)
      if (candidates.length > 0 && file !== 'README.md') {
        throw new Error(`${page.source}: the link ${href} has no target.`)
      }
      return `${repository}/${file}${anchor ? `#${anchor}` : ''}`
    }
    return renderMarkdown(texts.get(page)!, addressOf, page.section && page.title)
  }
  return {render, images}
}

function readPage({source, section}: Page): string {
  const text = readFileSync(root + source, 'utf8')
  return section ? sectionOf(text, section) : text
}

function anchorsOf(text: string): Set<string> {
  const anchors = new Anchors()
  return new Set(headingLines(text).map(line => anchors.idOf(line.replace(/^#+ /, '').replaceAll('`', ''))))
}

function addImage(images: Map<string, string>, file: string): string {
  const name = `images/${posix.basename(file)}`
  images.set(name, file)
  return name
}

/** Returns an address that is relative to the folder of the page, so that the site works at every path of a host. */
export function relative(page: Pick<Page, 'path'>, path: string, anchor?: string): string {
  const up = '../'.repeat(page.path.split('/').length - 1)
  return `${up}${path}${anchor ? `#${anchor}` : ''}` || './'
}
