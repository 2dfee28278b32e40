/** The hint below a field whose text is shown with Markdown. */
export const markdownHint = 'Markdown: **bold**, *italic*, `code`, - list, > quote'
