/** The short texts of the contract: text with code in backticks. */
import {escapeHtml} from '../highlight.ts'

/** Returns HTML. */
export function inline(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}
