/** Highlights code at build time. The classes of the tokens have colours in style/code.css. */
import hljs from 'highlight.js/lib/core'
import apache from 'highlight.js/lib/languages/apache'
import bash from 'highlight.js/lib/languages/bash'
import go from 'highlight.js/lib/languages/go'
import http from 'highlight.js/lib/languages/http'
import ini from 'highlight.js/lib/languages/ini'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import nginx from 'highlight.js/lib/languages/nginx'
import python from 'highlight.js/lib/languages/python'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import yaml from 'highlight.js/lib/languages/yaml'

const languages = {
  apache,
  bash,
  go,
  http,
  ini,
  javascript,
  json,
  nginx,
  python,
  sql,
  typescript,
  xml,
  yaml,
}
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language)
hljs.registerAliases(['ts', 'tsx'], {languageName: 'typescript'})
hljs.registerAliases(['sh', 'console'], {languageName: 'bash'})
hljs.registerAliases(['html', 'vue', 'svelte'], {languageName: 'xml'})
hljs.registerAliases(['js'], {languageName: 'javascript'})

/** Returns HTML. Code in a language without a highlighter is only escaped. */
export function highlight(code: string, language: string): string {
  return hljs.getLanguage(language) ? hljs.highlight(code, {language}).value : escapeHtml(code)
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
