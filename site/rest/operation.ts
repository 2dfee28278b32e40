/** Shows one operation of the API: its parameters, its body, its responses and an example. */
import {codeBlock} from '../code-block.ts'
import {headingHtml} from '../headings.ts'
import {escapeHtml} from '../highlight.ts'
import {
  type Contract,
  type Example,
  type MediaType,
  nameOf,
  type Operation,
  type Parameter,
  type Response,
  resolve,
} from './contract.ts'
import {inline} from './inline.ts'
import {type AddressOfSchema, schemaHtml, typeHtml} from './schema.ts'

export interface PlacedOperation {
  method: string
  path: string
  operation: Operation
}

export function operationHtml(
  contract: Contract,
  {method, path, operation}: PlacedOperation,
  addressOf: AddressOfSchema,
): string {
  const parameters = (operation.parameters ?? []).map(parameter => resolve<Parameter>(contract, parameter))
  return [
    '<section class="operation">',
    headingHtml({level: 2, html: inline(titleOf(operation)), id: operation.operationId}),
    `<p class="route"><span class="method ${method}">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code></p>`,
    textHtml(operation),
    operation.security?.length === 0 ? '<p>This operation needs no credential.</p>' : '',
    parametersHtml(parameters, addressOf),
    bodyHtml(operation, addressOf),
    codeBlock(exampleRequest(method, path, operation, parameters), 'sh'),
    responsesHtml(contract, operation, addressOf),
    '</section>',
  ].join('\n')
}

/** The summary and the description, without a summary that the title repeats. */
function textHtml(operation: Operation): string {
  const {summary, description} = operation
  const isRepeated = summary.replace(/\.$/, '') === titleOf(operation)
  const text = [isRepeated ? '' : summary, description].filter(Boolean).join(' ')
  return text && `<p>${inline(text)}</p>`
}

/** The summary up to its first colon or full stop. */
function titleOf({summary}: Operation): string {
  return summary.split(/[:.]/)[0]!
}

const places = {path: 'Path', query: 'Query', header: 'Headers'} as const

function parametersHtml(parameters: Parameter[], addressOf: AddressOfSchema): string {
  return Object.entries(places)
    .map(([place, title]) => {
      const shown = parameters.filter(parameter => parameter.in === place)
      if (shown.length === 0) return ''
      const properties = Object.fromEntries(
        shown.map(({name, schema, description}) => [name, {...schema, ...(description && {description})}]),
      )
      const required = shown.filter(parameter => parameter.required).map(({name}) => name)
      return `<h3 class="part">${title}</h3>${schemaHtml({properties, required}, addressOf)}`
    })
    .join('')
}

function bodyHtml({requestBody}: Operation, addressOf: AddressOfSchema): string {
  if (!requestBody) return ''
  const {schema} = Object.values(requestBody.content)[0]!
  const mark = requestBody.required ? '' : ' <span class="optional">optional</span>'
  return `<h3 class="part">Body${mark}</h3>${schema ? schemaHtml(schema, addressOf) : ''}`
}

/** Returns a request with the example values of the contract. */
function exampleRequest(method: string, path: string, operation: Operation, parameters: Parameter[]): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) =>
    String(parameters.find(parameter => parameter.name === name)?.example ?? `$${name.toUpperCase()}`),
  )
  const isStream = 'text/event-stream' in (resolveContent(operation) ?? {})
  const body = operation.requestBody && exampleOf(Object.values(operation.requestBody.content)[0]!)
  const flags = [isStream ? '-N' : '', method === 'get' ? '' : `-X ${method.toUpperCase()}`].filter(Boolean)
  const lines = [`curl ${[...flags, `"$URL${filled}"`].join(' ')}`]
  if (operation.security?.length !== 0) lines.push('-H "Authorization: Bearer $TOKEN"')
  if (body !== undefined) {
    lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`)
  }
  return lines.join(' \\\n  ')
}

function resolveContent({responses}: Operation): Record<string, MediaType> | undefined {
  const success = responses['200']
  return success && 'content' in success ? success.content : undefined
}

function exampleOf({example, examples}: MediaType): unknown {
  if (example !== undefined) return example
  const [first] = Object.values(examples ?? {})
  return first && 'value' in first ? first.value : undefined
}

function responsesHtml(contract: Contract, {responses}: Operation, addressOf: AddressOfSchema): string {
  const resolved = Object.entries(responses).map(([status, response]) => ({
    status,
    response: resolve<Response>(contract, response),
  }))
  const successes = resolved.filter(({status}) => status < '400')
  const failures = resolved.filter(({status}) => status >= '400')
  return `<h3 class="part">Responses</h3>
${successes.map(({status, response}) => successHtml(contract, status, response, addressOf)).join('\n')}
${failures.length > 0 ? failuresHtml(failures, addressOf) : ''}`
}

function successHtml(
  contract: Contract,
  status: string,
  response: Response,
  addressOf: AddressOfSchema,
): string {
  const headers = Object.keys(response.headers ?? {})
  const names = headers.map(name => `<code>${inline(name)}</code>`).join(', ')
  const contents = Object.entries(response.content ?? {}).map(([type, media]) =>
    mediaHtml(contract, type, media, addressOf),
  )
  return `<div class="response"><p><span class="status">${status}</span> ${inline(response.description)}</p>
${names && `<p>Headers: ${names}</p>`}
${contents.join('\n')}</div>`
}

function mediaHtml(contract: Contract, type: string, media: MediaType, addressOf: AddressOfSchema): string {
  const examples = Object.values(media.examples ?? {}).map(example => resolve<Example>(contract, example))
  const shown = examples.slice(0, 1).map(({value, serializedValue}) => {
    const text = serializedValue ?? JSON.stringify(value, null, 2)
    return text ? codeBlock(text, serializedValue ? '' : 'json') : ''
  })
  const example = shown[0] ? `<details><summary>Example</summary>${shown[0]}</details>` : ''
  const heading = `<p class="media"><code>${inline(type)}</code>`
  if (media.itemSchema) {
    const block = media.itemSchema.$ref
      ? (contract.components.schemas![nameOf(media.itemSchema.$ref)] as MediaType['itemSchema'])!
      : media.itemSchema
    return `${heading}: a stream of blocks. Each block has these fields:</p>${schemaHtml(block, addressOf)}${example}`
  }
  if (!media.schema) return `${heading}</p>${example}`
  const isNamed = media.schema.$ref !== undefined
  return `${heading}${isNamed ? `: ${typeHtml(media.schema, addressOf)}` : ''}</p>${isNamed ? '' : schemaHtml(media.schema, addressOf)}${example}`
}

/** The failures, with the codes of their problems. */
function failuresHtml(failures: {status: string; response: Response}[], addressOf: AddressOfSchema): string {
  const items = failures.map(({status, response}) => {
    const codes = Object.keys(response.content?.['application/problem+json']?.examples ?? {})
    const links = codes.map(
      code => `<a href="${addressOf(`problem-${code}`)}"><code>${inline(code)}</code></a>`,
    )
    return `<tr><td><span class="status failed">${status}</span></td><td>${links.join(', ') || inline(response.description)}</td></tr>`
  })
  return `<details class="failures"><summary>Problems (${failures.map(({status}) => status).join(', ')})</summary><table><thead><tr><th>Status</th><th>Codes</th></tr></thead><tbody>${items.join('')}</tbody></table></details>`
}
