/** The pages of the REST reference, which are generated from openapi.yaml. */
import {codeBlock} from '../code-block.ts'
import {Anchors, type Heading, headingHtml, textOf} from '../headings.ts'
import type {LaidOutPage} from '../layout.ts'
import {type Contract, type Example, readContract, type Schema} from './contract.ts'
import {inline} from './inline.ts'
import {operationHtml, type PlacedOperation} from './operation.ts'
import {schemaHtml} from './schema.ts'

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** Returns one page for each tag, a page of all schemas, a page of all problems, and an overview. */
export function restReference(file: string): LaidOutPage[] {
  const contract = readContract(file)
  const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
    methods
      .filter(method => item[method])
      .map((method): PlacedOperation => ({method, path, operation: item[method]!})),
  )
  const pages = contract.tags.map(({name, description}) => {
    const own = operations.filter(({operation}) => operation.tags.includes(name))
    return pageOf(`rest/${slugOf(name)}/`, name, [
      `<h1>${inline(name)}</h1><p class="lead">${inline(description)}</p>`,
      ...own.map(operation => operationHtml(contract, operation, addressOfSchema)),
    ])
  })
  return [overview(contract, operations), ...pages, schemasPage(contract), problemsPage(contract)]
}

/** The pages with operations, the page of schemas and the page of problems are neighbours. */
function addressOfSchema(name: string): string {
  return name.startsWith('problem-') ? `../problems/#${name.slice('problem-'.length)}` : `../schemas/#${name}`
}

function overview(contract: Contract, operations: PlacedOperation[]): LaidOutPage {
  const groups = contract.tags.map(({name, description}) => {
    const own = operations.filter(({operation}) => operation.tags.includes(name))
    const rows = own.map(
      ({method, path, operation}) =>
        `<tr><td><span class="method ${method}">${method.toUpperCase()}</span></td><td><a href="${slugOf(name)}/#${operation.operationId}"><code>${inline(path)}</code></a></td><td>${inline(operation.summary)}</td></tr>`,
    )
    return `${headingHtml({level: 2, html: inline(name), id: slugOf(name)})}<p>${inline(description)}</p>
<div class="table" tabindex="0" role="group" aria-label="Operations: ${inline(name)}"><table class="operations"><thead><tr><th>Method</th><th>Path</th><th>Operation</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
  })
  return pageOf('rest/', 'REST API', [
    `<h1>REST API</h1>
<p class="lead">The API uses JSON over HTTP. These pages are generated from <code>openapi.yaml</code> (OpenAPI ${inline(contract.openapi)}), which every server serves at <code>GET /openapi.yaml</code>.</p>
<p>Send a token with <code>Authorization: Bearer …</code>, or an API key with <code>X-API-Key</code>. Errors are RFC 9457 problems with a stable <a href="problems/"><code>code</code></a>. The <a href="schemas/">schemas</a> describe everything that the API sends and receives. <a href="../changes/">Changes</a> explains quotas, idempotency keys and rate limits.</p>`,
    ...groups,
  ])
}

function schemasPage({components}: Contract): LaidOutPage {
  const schemas = Object.entries(components.schemas!) as [string, Schema][]
  const sections = schemas
    .toSorted(([one], [other]) => one.localeCompare(other, 'en'))
    .map(
      ([name, schema]) =>
        `<section class="schema">${headingHtml({level: 2, html: inline(name), id: name})}${schemaHtml(schema, other => `#${other}`)}</section>`,
    )
  return pageOf('rest/schemas/', 'Schemas', [
    '<h1>Schemas</h1><p class="lead">Everything that the API and the streams send and receive. A field without the word <span class="optional">optional</span> is always present.</p>',
    ...sections,
  ])
}

function problemsPage({components}: Contract): LaidOutPage {
  const problems = (Object.entries(components.examples!) as [string, Example][]).filter(([, {value}]) =>
    isProblem(value),
  )
  const sections = problems.map(
    ([code, {summary, value}]) =>
      `${headingHtml({level: 2, html: `<code>${inline(code)}</code>`, id: code})}<p>${inline(summary ?? '')}</p>${codeBlock(JSON.stringify(value, null, 2), 'json')}`,
  )
  return pageOf('rest/problems/', 'Problems', [
    '<h1>Problems</h1><p class="lead">An error is an RFC 9457 problem with the media type <code>application/problem+json</code>. Programs read <code>code</code>, which never changes. People read <code>detail</code>.</p>',
    ...sections,
  ])
}

function isProblem(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'code' in value && 'status' in value && 'title' in value
  )
}

function pageOf(path: string, title: string, parts: string[]): LaidOutPage {
  const html = parts.join('\n')
  const headings = [...html.matchAll(/<h([1-3]) id="([^"]+)">(.*?)<\/h\1>/gs)].map(
    ([, level, id, text]): Heading => ({
      level: Number(level),
      id: id!,
      html: text!.replace(/ <a class="anchor".*?<\/a>/s, ''),
    }),
  )
  const description = textOf(/<p class="lead">(.*?)<\/p>/s.exec(html)?.[1] ?? title)
  return {path, title, html, headings, description}
}

function slugOf(name: string): string {
  return new Anchors().idOf(name)
}
