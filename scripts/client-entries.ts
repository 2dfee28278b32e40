/** The entry points of `@boardcast/client`: the name of each entry point, and its file in `src/client`. */
export const clientEntries = {
  client: 'client.ts',
  api: 'api-client.ts',
  board: 'board.ts',
  react: 'react.ts',
  query: 'query.ts',
  presence: 'presence.ts',
} as const

export type ClientEntry = keyof typeof clientEntries
