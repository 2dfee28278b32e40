/** A description or a comment. Its Markdown is shown as it was typed until the code of the parser has loaded. */
import {lazyView} from '../parts/lazy-part.tsx'
import './markdown.css'

export const Prose = lazyView<{text: string}>(
  async () => (await import('./markdown.tsx')).Markdown,
  ({text}) => <p className="prose">{text}</p>,
)
