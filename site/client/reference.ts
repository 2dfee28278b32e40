/** The pages of the client reference, which are generated from the source of `@boardcast/client`. */
import {join} from 'node:path'
import {clientEntries} from '../../scripts/client-entries.ts'
import {codeBlock} from '../code-block.ts'
import {type Heading, headingHtml} from '../headings.ts'
import {escapeHtml} from '../highlight.ts'
import type {LaidOutPage} from '../layout.ts'
import {renderMarkdown} from '../markdown.ts'
import {type Declaration, type Entry, type Member, readEntry} from './declarations.ts'

interface Described extends Entry {
  /** The specifier of the entry point in an import. */
  specifier: string
  /** The name of the folder of the page. */
  folder: string
}

/** Returns one page for each entry point, a page of the types of the contract, and an overview. */
export function clientReference(folder: string): LaidOutPage[] {
  const entries = Object.entries(clientEntries).map(([name, file]) => ({
    ...readEntry(join(folder, file)),
    specifier: name === 'client' ? '@boardcast/client' : `@boardcast/client/${name}`,
    folder: name === 'client' ? 'main' : name,
  }))
  const contract = {
    ...readEntry(join(folder, 'contract.ts')),
    specifier: '@boardcast/client',
    folder: 'types',
  }
  // The type has the types of all operations. The REST reference shows them.
  contract.declarations = contract.declarations.filter(({name}) => name !== 'Operations')
  const places = placesOf([...entries, contract])
  return [
    overview(entries, contract),
    ...entries.map(entry => entryPage(entry, entry.specifier, placesOn(entry, places))),
    entryPage(contract, 'Types of the contract', placesOn(contract, places)),
  ]
}

const order: Declaration['kind'][] = ['function', 'constant', 'class', 'interface', 'type']

/** Sorts the declarations, so that readers see the functions before the types of their parameters. */
function sorted(declarations: Declaration[]): Declaration[] {
  return declarations.toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind))
}

/** The addresses of the declarations, from the page of one entry point. */
type Places = ReadonlyMap<string, string>

/** The folder of the page that describes each name. */
function placesOf(entries: Described[]): Map<string, string> {
  const places = new Map<string, string>()
  for (const {folder, declarations} of entries) {
    for (const {name} of declarations) if (!places.has(name)) places.set(name, folder)
  }
  return places
}

function placesOn({folder, declarations}: Described, places: ReadonlyMap<string, string>): Places {
  const own = new Set(declarations.map(({name}) => name))
  return new Map(
    [...places].map(([name, other]) => [
      name,
      own.has(name) || other === folder ? `#${name}` : `../${other}/#${name}`,
    ]),
  )
}

function overview(entries: Described[], contract: Described): LaidOutPage {
  const rows = entries.map(
    ({specifier, folder, doc, declarations}) =>
      `${headingHtml({level: 2, html: `<code>${specifier}</code>`, id: folder})}${text(doc)}<ul class="names">${declarations
        .map(({name}) => `<li><a href="${folder}/#${name}"><code>${name}</code></a></li>`)
        .join('')}</ul>`,
  )
  const html = `<h1>Client API</h1>
<p class="lead">The exports of the package <code>@boardcast/client</code>. These pages are generated from the types of its source. <a href="../client/">The client</a> explains how the parts work together.</p>
${rows.join('\n')}
${headingHtml({level: 2, html: 'Types of the contract', id: 'types'})}<p>The entry points also export the <a href="types/">types of everything that the API sends and receives</a>, such as ${contract.declarations
    .filter(({name}) => ['Board', 'BoardEvent', 'Task'].includes(name))
    .map(({name}) => `<a href="types/#${name}"><code>${name}</code></a>`)
    .join(', ')}.</p>`
  return pageOf('reference/', 'Client API', html)
}

function entryPage({folder, doc, declarations}: Described, title: string, places: Places): LaidOutPage {
  const isPackage = title.startsWith('@')
  const sections = sorted(declarations).map(declaration => declarationHtml(declaration, places))
  return pageOf(
    `reference/${folder}/`,
    title,
    `<h1>${isPackage ? `<code>${title}</code>` : title}</h1><div class="lead">${text(doc)}</div>\n${sections.join('\n')}`,
  )
}

function declarationHtml({name, kind, doc, code, members}: Declaration, places: Places): string {
  const isOpen = kind === 'interface' || kind === 'class'
  const shown = isOpen ? '' : codeBlock(code, 'ts')
  const inherited = /\bextends (.*)$/s.exec(code)?.[1]
  const note =
    isOpen && inherited ? `<p>Extends <span class="type">${typeHtml(inherited, places)}</span>.</p>` : ''
  return `<section class="declaration">${headingHtml({level: 2, html: `<code>${name}</code> <span class="kind">${kind}</span>`, id: name})}
${text(doc)}${note}${shown}${isOpen || hasComments(members) ? membersHtml(members, places) : ''}</section>`
}

function hasComments(members: Member[]): boolean {
  return members.some(({doc}) => doc !== '')
}

function membersHtml(members: Member[], places: Places): string {
  const rows = members.map(
    ({name, isOptional, type, doc}) =>
      `<div><dt><code>${escapeHtml(name)}</code>${isOptional ? ' <span class="optional">optional</span>' : ''} <span class="type">${typeHtml(withoutUndefined(type, isOptional), places)}</span></dt><dd>${text(doc)}</dd></div>`,
  )
  return `<dl class="fields">${rows.join('\n')}</dl>`
}

/** The types of the client name `undefined` for programs with `exactOptionalPropertyTypes`. Readers need not see it. */
function withoutUndefined(type: string, isOptional: boolean): string {
  return isOptional ? type.replace(/^\((.*)\) \| undefined$/s, '$1').replace(/ \| undefined$/, '') : type
}

/** Returns the type with links to the declarations of its names. */
function typeHtml(type: string, places: Places): string {
  return escapeHtml(type.replaceAll(/\s+/g, ' ')).replaceAll(/\b[A-Z]\w+/g, name => {
    const address = places.get(name)
    return address ? `<a href="${address}">${name}</a>` : name
  })
}

function text(markdown: string): string {
  return markdown ? renderMarkdown(markdown, () => undefined).html : ''
}

function pageOf(path: string, title: string, html: string): LaidOutPage {
  const headings = [...html.matchAll(/<h([1-3]) id="([^"]+)">(.*?)<\/h\1>/gs)].map(
    ([, level, id, text]): Heading => ({
      level: Number(level),
      id: id!,
      html: text!.replace(/ <a class="anchor".*?<\/a>/s, '').replace(/ <span class="kind">.*?<\/span>/s, ''),
    }),
  )
  return {path, title, html, headings, description: `${title}: the exports and types of @boardcast/client.`}
}
