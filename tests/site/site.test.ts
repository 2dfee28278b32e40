// Checks the built documentation: every link has a target, and no page needs inline scripts or inline styles.

import {existsSync, readFileSync} from 'node:fs'
import {posix} from 'node:path'
import test from 'ava'
import MiniSearch from 'minisearch'
import {parse} from 'yaml'
import {searchOptions} from '../../site/browser/search-options.ts'
import {buildDocs} from '../helpers/docs.ts'

const docs = await buildDocs()
const pages = [...docs]
  .filter(([path]) => path.endsWith('.html'))
  .map(([path, {content}]) => ({path, html: content.toString()}))
const htmlOf = new Map(pages.map(({path, html}) => [path, html]))
const repository = 'https://github.com/boardcast/boardcast/'

/** Returns the values of an attribute. */
function valuesOf(html: string, attribute: string): string[] {
  return [...html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))].map(([, value]) =>
    value!.replaceAll('&amp;', '&'),
  )
}

test('every link and every asset of a page exists, and every anchor is an id of the target', t => {
  const faults = pages.flatMap(({path, html}) =>
    [...valuesOf(html, 'href'), ...valuesOf(html, 'src')]
      .filter(address => !/^https?:|^mailto:/.test(address))
      .filter(address => {
        const [target, anchor] = address.split('#')
        const resolved = posix.join(posix.dirname(path), target!)
        const file =
          target === '' ? path : /\.\w+$/.test(resolved) ? resolved : posix.join(resolved, 'index.html')
        if (!docs.has(file)) return true
        return anchor !== undefined && !valuesOf(htmlOf.get(file)!, 'id').includes(anchor)
      })
      .map(address => `${path}: ${address}`),
  )
  t.deepEqual(faults, [])
})

test('every link to a file of the repository names a file or a folder that exists', t => {
  const root = new URL('../../', import.meta.url)
  const links = pages
    .flatMap(({html}) => valuesOf(html, 'href'))
    .filter(address => address.startsWith(repository))
  t.true(links.length > 0)
  for (const link of new Set(links)) {
    const path = link.slice(`${repository}blob/main/`.length).split('#')[0]!
    t.true(existsSync(new URL(path, root)), link)
  }
})

test('no page has inline scripts, inline styles, repeated ids or more than one title', t => {
  for (const {path, html} of pages) {
    t.notRegex(html, /<style|\sstyle=|\son\w+=/, path)
    for (const [, attributes, content] of html.matchAll(/<script([^>]*)>([^<]*)</g)) {
      t.regex(attributes!, /\ssrc="[./]*assets\/[\w.-]+"/, path)
      t.is(content, '')
    }
    const ids = valuesOf(html, 'id')
    t.is(new Set(ids).size, ids.length, path)
    t.is([...html.matchAll(/<h1/g)].length, 1, path)
  }
})

test('the REST reference contains every operation, every schema and every problem of the contract', t => {
  const contract = parse(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8'))
  const rest = pages.filter(({path}) => path.startsWith('rest/'))
  const ids = new Set(rest.flatMap(({html}) => valuesOf(html, 'id')))
  const operations = Object.values(contract.paths).flatMap(item => Object.values(item as object))
  const names = operations.map(({operationId}) => operationId).filter(Boolean)
  t.true(names.length >= 40)
  const schemas = Object.keys(contract.components.schemas)
  t.deepEqual(
    [...names, ...schemas].filter(name => !ids.has(name)),
    [],
  )
  t.true(ids.has('task-already-owned'))
})

test('the REST reference shows the blocks of a stream, which the contract describes with itemSchema', t => {
  const html = htmlOf.get('rest/streams/index.html')!
  const [, operation] = /id="streamTasks"(.*?)<\/section>/s.exec(html)!
  t.regex(operation!, /<code>text\/event-stream<\/code>: a stream of blocks/)
  for (const field of ['id', 'event', 'data', 'retry'])
    t.true(operation!.includes(`<dt><code>${field}</code>`), field)
  t.regex(operation!, /The JSON text of a <a href="\.\.\/schemas\/#StreamData">StreamData<\/a>/)
})

test('the client reference contains the functions and options of every entry point', t => {
  for (const [page, names] of Object.entries({
    main: ['openTaskStream', 'keepBoard', 'Problem', 'TaskStreamOptions'],
    api: ['createApi', 'isProblem', 'isUpTo'],
    board: ['applyEvent', 'take', 'digestOf'],
    react: ['useBoard', 'useTaskEvents'],
    query: ['updateQueries'],
    presence: ['keepPresence', 'applyPresence'],
    types: ['Board', 'BoardEvent', 'Task'],
  })) {
    const ids = valuesOf(htmlOf.get(`reference/${page}/index.html`)!, 'id')
    for (const name of names) t.true(ids.includes(name), `${page}: ${name}`)
  }
  t.regex(htmlOf.get('reference/main/index.html')!, /<code>getToken<\/code>/)
})

test('the search finds sections by their words, by the beginning of a word and despite a wrong letter', t => {
  const [, {content}] = [...docs].find(([path]) => path.startsWith('assets/search-'))!
  const index = MiniSearch.loadJSON(content.toString(), searchOptions)
  const find = (words: string) =>
    index
      .search(words)
      .slice(0, 5)
      .map(({id}) => id)
  t.true(find('silence').includes('protocol/#silence'))
  t.true(find('useBoa').includes('reference/react/#useBoard'))
  t.true(find('task-already-owned').includes('rest/problems/#task-already-owned'))
  t.true(find('haproxi').some(id => id.startsWith('running/')))
})
