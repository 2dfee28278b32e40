/** A block of code with its language and a button that copies the code. */
import {escapeHtml, highlight} from './highlight.ts'

const names: Record<string, string> = {
  apache: 'Apache',
  caddy: 'Caddy',
  go: 'Go',
  haproxy: 'HAProxy',
  html: 'HTML',
  http: 'HTTP',
  js: 'JavaScript',
  json: 'JSON',
  nginx: 'nginx',
  python: 'Python',
  sh: 'Shell',
  sql: 'SQL',
  svelte: 'Svelte',
  ts: 'TypeScript',
  tsx: 'TypeScript',
  vue: 'Vue',
  yaml: 'YAML',
}

/** Returns HTML. The block can be scrolled with the keyboard, so it has a name. */
export function codeBlock(code: string, language = ''): string {
  const name = names[language] ?? ''
  const label = name ? `Code: ${name}` : 'Code'
  return `<figure class="code">
<figcaption><span>${name}</span><button type="button" class="copy" hidden>Copy</button></figcaption>
<pre tabindex="0" aria-label="${escapeHtml(label)}" role="group"><code>${highlight(code.trimEnd(), language)}</code></pre>
</figure>
`
}
