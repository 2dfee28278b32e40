/** The options of the search index. The build and the browser must use the same options. */
import type {Options} from 'minisearch'

export interface SearchDocument {
  /** The address of the section below `/docs/`. */
  id: string
  /** The title of the page. */
  page: string
  /** The heading of the section. */
  heading: string
  text: string
  /** The first words of the section. */
  snippet: string
}

export const searchOptions: Options<SearchDocument> = {
  fields: ['heading', 'page', 'text'],
  storeFields: ['page', 'heading', 'snippet'],
  searchOptions: {
    boost: {heading: 4, page: 2},
    prefix: true,
    fuzzy: term => (term.length > 4 ? 0.2 : false),
    combineWith: 'AND',
  },
}
