/** Parses Markdown into tokens. Texts come from other members, so the time to parse a text has a limit. */
import {Lexer, type MarkedToken, type Token, Tokenizer} from 'marked'

const maxTextLength = 10_000 // as in the API
const maxDepth = 20 // lists and quotes in each other; deeper ones are plain text
const maxQuoteDepth = 4 // the parser can need twice the time for each level, because it parses some quotes again
const maxCells = 2_000 // of a table; a larger table is plain text
const maxTableLines = 20_000 // of all possible tables of a text, because each line can be read once for each of them
const maxInlineLength = 1_000 // the time to parse a line grows with the square of its length

/** Returns the tokens of the text. HTML is plain text. */
export function markdownTokens(text: string): MarkedToken[] {
  if (text.length > maxTextLength) return unread(text)
  const lexer = new BoundedLexer({gfm: true, breaks: true, tokenizer: new TextTokenizer()})
  try {
    return lexer.lex(text) as MarkedToken[]
  } catch {
    // The parser throws for a few texts, for example for some lists in quotes in lists.
    return unread(text)
  }
}

const schemes: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/** Returns the address as browsers read it, or undefined when a member must not follow it. */
export function safeAddress(href: string): string | undefined {
  if (!URL.canParse(href)) return undefined // for example a relative address
  const url = new URL(href)
  return schemes.has(url.protocol) ? url.href : undefined
}

/** Splits a text at the keys of tasks: 'See WEB-7.' becomes 'See ', 'WEB-7' and '.'. Each second part is a key. */
export function splitAtKeys(text: string): string[] {
  return text.split(/(?<![\w/-])([A-Z][A-Z\d]{1,9}-[1-9]\d{0,9})(?![\w-])/)
}

class TextTokenizer extends Tokenizer {
  private depth = 0
  private quoteDepth = 0
  private tableLines = 0

  override html() {
    return undefined
  }

  override tag() {
    return undefined
  }

  override blockquote(src: string) {
    if (this.quoteDepth >= maxQuoteDepth) return undefined
    this.quoteDepth += 1
    try {
      return this.nested(() => super.blockquote(src))
    } finally {
      this.quoteDepth -= 1
    }
  }

  override list(src: string) {
    return this.nested(() => super.list(src))
  }

  override table(src: string) {
    // The rule reads all lines that follow, also when the second line cannot be the line below a head.
    const [, second = ''] = /^[^\n]*\n([^\n]*)/.exec(src) ?? []
    if (!/[|:]/.test(second)) return undefined
    const [, head = '', , rows = ''] = this.rules.block.table.exec(src) ?? []
    const lines = rows.split('\n').length
    this.tableLines += lines
    if (this.tableLines > maxTableLines) throw new Error('The text has too many possible tables.')
    // The parser adds the cells that a row lacks.
    return head.split('|').length * lines > maxCells ? undefined : super.table(src)
  }

  private nested<T>(parse: () => T): T | undefined {
    if (this.depth >= maxDepth) return undefined
    this.depth += 1
    try {
      return parse()
    } finally {
      this.depth -= 1
    }
  }
}

class BoundedLexer extends Lexer {
  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    if (src.length <= maxInlineLength) return super.inlineTokens(src, tokens)
    for (const [index, line] of src.split('\n').entries()) {
      if (index > 0) tokens.push({type: 'br', raw: '\n'})
      if (line.length > maxInlineLength) tokens.push(plain(line))
      else super.inlineTokens(line, tokens)
    }
    return tokens
  }
}

/** A text that is shown as it was typed. */
function unread(text: string): MarkedToken[] {
  return [{type: 'paragraph', raw: text, text, tokens: [plain(text)]}]
}

function plain(text: string) {
  return {type: 'text' as const, raw: text, text, escaped: false}
}
