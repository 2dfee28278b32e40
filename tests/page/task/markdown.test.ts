// Tests how Markdown is rendered, also when its author is hostile.
import test from 'ava'
import {createElement} from 'react'
import {renderToStaticMarkup} from 'react-dom/server'
import {addressOfKey, KeyLinksContext} from '../../../src/page/task/key-links.ts'
import {Markdown} from '../../../src/page/task/markdown.tsx'
import {markdownTokens} from '../../../src/page/task/markdown-tokens.ts'
import {aBoard, aTask} from '../../helpers/sample-board.ts'

const board = aBoard({Launch: [aTask({id: '1', key: 'MOON-1', sprint_id: 'sprint'})]})
const links = (key: string) => addressOfKey(key, 'MOON', board)
const maxTextLength = 10_000 // as in the API

/** Returns the HTML inside the element of the text. */
function render(text: string): string {
  const html = renderToStaticMarkup(
    createElement(KeyLinksContext, {value: links}, createElement(Markdown, {text})),
  )
  return html.slice('<div class="markdown">'.length, -'</div>'.length)
}

test('a plain text is a paragraph, and each of its lines stays a line', t => {
  t.is(render('Fill the tank.\nThen go.'), '<p>Fill the tank.<br/>Then go.</p>')
})

test('emphasis, lists, tasks, quotes, code and tables are elements', t => {
  t.is(
    render('**a** *b* ~~c~~ `d<e`'),
    '<p><strong>a</strong> <em>b</em> <del>c</del> <code>d&lt;e</code></p>',
  )
  t.is(render('2. a\n3. b'), '<ol start="2"><li>a</li><li>b</li></ol>')
  t.regex(render('- [x] a'), /^<ul><li data-task-item="true"><input .*checked="".*\/>a<\/li><\/ul>$/)
  t.is(render('> a'), '<blockquote><p>a</p></blockquote>')
  t.is(render('```js\n<b>\n```'), '<pre tabindex="0"><code>&lt;b&gt;</code></pre>')
  t.is(render('# a'), '<h3 data-depth="1">a</h3>')
  t.regex(render('|a|b|\n|-:|-|\n|1|2|'), /<th data-align="right">a<\/th>.*<td>2<\/td>/)
})

test('links open in a new tab, and bare addresses are links', t => {
  const rel = 'target="_blank" rel="noopener noreferrer nofollow"'
  t.is(render('[a](https://b.de/c)'), `<p><a href="https://b.de/c" ${rel}>a</a></p>`)
  t.is(render('https://b.de'), `<p><a href="https://b.de/" ${rel}>https://b.de</a></p>`)
  t.is(render('a@b.de'), `<p><a href="mailto:a@b.de" ${rel}>a@b.de</a></p>`)
})

test('images are links, because another server must not learn who reads a text', t => {
  const html = render('![a plan](https://b.de/c.png)')
  t.notRegex(html, /<img/)
  t.regex(html, /<a href="https:\/\/b.de\/c.png"[^>]*>a plan<\/a>/)
})

test('the key of a task of the project is a link, except in code, in a link and inside a word', t => {
  t.is(render('See MOON-1.'), '<p>See <a href="/sprints/sprint#MOON-1">MOON-1</a>.</p>')
  t.is(render('MOON-7'), '<p><a href="/tasks/MOON-7">MOON-7</a></p>')
  for (const text of ['`MOON-1`', 'MARS-1', 'xMOON-1', 'MOON-1-2', 'MOON-0']) t.notRegex(render(text), /<a/)
  t.is(render('[MOON-1](https://b.de)').match(/<a/g)?.length, 1)
})

test('HTML is shown as text', t => {
  for (const text of [
    '<script>alert(1)</script>',
    'a <img src=x onerror=alert(1)> b',
    '<a href="https://b.de">',
  ]) {
    t.notRegex(
      render(text)
        .replaceAll(/<\/?p>/g, '')
        .replace(/<a href="https[^>]*>[^<]*<\/a>/, ''),
      /<[a-z]/i,
    )
  }
})

test('addresses that are not http, https or mailto are no links', t => {
  const addresses = [
    'javascript:alert(1)',
    'JaVaScript:alert(1)',
    'java\tscript:alert(1)',
    '\u0001javascript:alert(1)',
    '&#106;avascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:a',
    'file:///etc/passwd',
    '//b.de',
    '/api/v1/me',
  ]
  for (const address of addresses) {
    for (const text of [
      `[a](${address})`,
      `[a](<${address}>)`,
      `![a](${address})`,
      `<${address}>`,
      `[a]: ${address}\n\n[a]`,
    ]) {
      t.notRegex(render(text), /href="(?!https?:|mailto:)/, text)
    }
  }
})

test('a quote in an address does not end the attribute', t => {
  t.notRegex(render('[a](https://b.de/"onclick="alert(1))'), / onclick=/)
})

const almostTables = 'a|b\n:-\n'.repeat(maxTextLength / 7)

const hostile: Record<string, string> = {
  brackets: '['.repeat(maxTextLength),
  'pairs of brackets': '['.repeat(maxTextLength / 2) + ']'.repeat(maxTextLength / 2),
  quotes: '>'.repeat(maxTextLength),
  'quotes that end with lines of the quotes around them': Array.from(
    {length: 21},
    (_, line) => `${'>'.repeat(20 - line)} a`,
  ).join('\n'),
  'lists in lists': '- '.repeat(maxTextLength / 2),
  'indented lists': Array.from({length: 95}, (_, depth) => `${' '.repeat(depth * 2)}- a`).join('\n'),
  emphasis: '_a_'.repeat(maxTextLength / 4),
  'code spans': '\\``'.repeat(maxTextLength / 4),
  'mail addresses': `${'a.'.repeat(maxTextLength / 2 - 1)}@`,
  spaces: `a${' '.repeat(maxTextLength - 2)}b`,
  links: '[]('.repeat(maxTextLength / 4),
  'a table with many empty cells': `${'|a'.repeat(1200)}|\n${'|-'.repeat(1200)}|\n${'||\n'.repeat(1500)}`,
  'short paragraphs': 'a\n#\n'.repeat(maxTextLength / 4),
  'short tables': 'a\n:-\n#\n'.repeat(maxTextLength / 7),
  'headings that look like tables': 'a\n-\n'.repeat(maxTextLength / 4),
  'lines that are almost tables': almostTables,
  'long lines': `${'a.'.repeat(999)}@\n`.repeat(5),
  'a text that is longer than the API allows': '['.repeat(100_000),
}

test('a text with too many possible tables is shown as it was typed', t => {
  t.is(markdownTokens(almostTables).length, 1)
  t.regex(render('a|b\n:-|-\n1|2'), /<td>2<\/td>/)
})

test('a numeric reference is shown as it was typed, because it could hide a control character', t => {
  t.is(render('R&D &#35;7 &#8238;'), '<p>R&amp;D &amp;#35;7 &amp;#8238;</p>')
})

test('a table is plain text when it has too many cells, whatever follows it', t => {
  const table = (rows: number) => `|a|b|\n|-|-|\n${'|1|2|\n'.repeat(rows)}`
  const hasTable = (text: string) => render(text).includes('<table>')
  t.true(hasTable(table(400)))
  t.false(hasTable(table(1000)))
  t.true(hasTable(`${table(1)}# a\n${'b\n'.repeat(1500)}`))
})

test('a text that the parser cannot read is shown as it was typed', t => {
  t.is(render('- a\n  > 2. b\n  c'), '<p>- a\n  &gt; 2. b\n  c</p>')
})

test('quotes are at most four deep, because the parser can need twice the time for each level', t => {
  t.is(render(`${'>'.repeat(10)} a`).match(/<blockquote>/g)?.length, 4)
})

test('hostile texts are rendered in a bounded number of elements, and their parts that are too complex stay plain text', t => {
  for (const [name, text] of Object.entries(hostile)) {
    const elements = render(text).match(/<[a-z]/g)?.length ?? 0
    t.true(elements < 12_000, `${name}: ${elements} elements`)
  }
})
