import type {SearchResult} from '../../client/client.ts'

/**
 * Returns the results of an earlier text that also belong to the text. Until the response arrives, Enter must not open
 * something that the text does not describe.
 */
export function matchingResults(results: readonly SearchResult[], text: string): SearchResult[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return results.filter(({key, title, excerpt}) => {
    const content = `${key ?? ''} ${title} ${excerpt}`.toLowerCase()
    return words.every(word => content.includes(word))
  })
}
