/** A text with Markdown. The text becomes React elements, never HTML. */

import type {MarkedToken, Token, Tokens} from 'marked'
import {Fragment, memo, type ReactNode, useContext, useMemo} from 'react'
import {Link} from '../parts/route.tsx'
import {type KeyLinks, KeyLinksContext} from './key-links.ts'
import {markdownTokens, safeAddress, splitAtKeys} from './markdown-tokens.ts'

/** Memoized, because a long text has many elements. */
export const Markdown = memo(function Markdown({text}: {text: string}) {
  const addressOf = useContext(KeyLinksContext)
  const tokens = useMemo(() => markdownTokens(text), [text])
  return (
    <div className="markdown">
      <Nodes tokens={tokens} addressOf={addressOf} />
    </div>
  )
})

interface NodesProps {
  tokens: readonly Token[] | undefined
  addressOf: KeyLinks
}

function Nodes({tokens = [], addressOf}: NodesProps): ReactNode {
  return tokens.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no ids, and elements without state
    <Fragment key={index}>{viewOf(token as MarkedToken, addressOf)}</Fragment>
  ))
}

function viewOf(token: MarkedToken, addressOf: KeyLinks): ReactNode {
  const content = 'tokens' in token && <Nodes tokens={token.tokens} addressOf={addressOf} />
  switch (token.type) {
    case 'paragraph':
      return <p>{content}</p>
    case 'heading':
      // A text can omit levels, and the outline of the panel must not.
      return <h3 data-depth={token.depth}>{content}</h3>
    case 'blockquote':
      return <blockquote>{content}</blockquote>
    case 'code':
      return <Code text={token.text} />
    case 'list':
      return <List list={token} addressOf={addressOf} />
    case 'checkbox':
      return (
        <input
          type="checkbox"
          checked={token.checked}
          disabled
          aria-label={token.checked ? 'Done' : 'Open'}
        />
      )
    case 'table':
      return <Table table={token} addressOf={addressOf} />
    case 'hr':
      return <hr />
    case 'br':
      return <br />
    case 'strong':
      return <strong>{content}</strong>
    case 'em':
      return <em>{content}</em>
    case 'del':
      return <del>{content}</del>
    case 'codespan':
      return <code>{token.text}</code>
    case 'link':
      return (
        <ForeignLink href={token.href} raw={token.raw}>
          <Nodes tokens={token.tokens} addressOf={noLinks} />
        </ForeignLink>
      )
    case 'image':
      // An image of another server would tell this server who reads the text.
      return (
        <ForeignLink href={token.href} raw={token.raw}>
          {token.text || token.href}
        </ForeignLink>
      )
    case 'text':
      // `text` has other characters than were typed: numeric references are replaced.
      return token.tokens ? content : <Text text={token.raw} addressOf={addressOf} />
    case 'escape':
      return token.text
    case 'space':
    case 'def':
      return null
    default:
      return token.raw
  }
}

const noLinks: KeyLinks = () => undefined // a link must not contain a link

/** A link that a member must not follow is shown as it was typed. */
function ForeignLink({href, raw, children}: {href: string; raw: string; children: ReactNode}) {
  const address = safeAddress(href)
  if (address === undefined) return raw
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}

/** A text whose keys of tasks are links. */
function Text({text, addressOf}: {text: string; addressOf: KeyLinks}) {
  return splitAtKeys(text).map((part, index) => {
    const address = index % 2 === 1 ? addressOf(part) : undefined
    return address === undefined ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no ids
      <Link key={index} href={address}>
        {part}
      </Link>
    )
  })
}

function List({list: {ordered, start, items}, addressOf}: {list: Tokens.List; addressOf: KeyLinks}) {
  const rows = items.map(({task, tokens}, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the items of a list have no ids
    <li key={index} data-task-item={task || undefined}>
      <Nodes tokens={tokens} addressOf={addressOf} />
    </li>
  ))
  return ordered ? <ol start={Number(start)}>{rows}</ol> : <ul>{rows}</ul>
}

/** Long lines scroll inside the box. */
function Code({text}: {text: string}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must reach a box that scrolls
    <pre tabIndex={0}>
      <code>{text}</code>
    </pre>
  )
}

function Table({table: {header, rows}, addressOf}: {table: Tokens.Table; addressOf: KeyLinks}) {
  const row = (cells: readonly Tokens.TableCell[], Cell: 'th' | 'td') => (
    <tr>
      {cells.map(({tokens, align}, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cells of a table have no ids
        <Cell key={index} data-align={align ?? undefined}>
          <Nodes tokens={tokens} addressOf={addressOf} />
        </Cell>
      ))}
    </tr>
  )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must reach a box that scrolls
    <div className="markdown-table" tabIndex={0}>
      <table>
        <thead>{row(header, 'th')}</thead>
        <tbody>
          {rows.map((cells, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a table have no ids
            <Fragment key={index}>{row(cells, 'td')}</Fragment>
          ))}
        </tbody>
      </table>
    </div>
  )
}
