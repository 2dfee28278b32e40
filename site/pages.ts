/** The pages of the documentation, in the order of the navigation. */

export interface Chapter {
  title: string
  pages: Page[]
  /** Whether the navigation shows only the first page while the reader is in another chapter. */
  isFolded?: boolean
}

export interface Page {
  /** The path of the page below `/docs/`, with a slash at the end. The start page has an empty path. */
  path: string
  /** The name in the navigation. */
  title: string
  /** The Markdown file, relative to the project folder. A generated reference has no file. */
  source?: string
  /** Only this section of the file, for example `## Watch`. Default: the whole file. */
  section?: string
  /** The layout of the start page has no navigation and no table of contents. */
  isStart?: boolean
}

export const chapters: Chapter[] = [
  {
    title: 'Start',
    pages: [
      {path: '', title: 'Overview', source: 'docs/index.md', isStart: true},
      {path: 'getting-started/', title: 'Getting started', source: 'docs/getting-started.md'},
      {path: 'concepts/', title: 'Concepts', source: 'docs/concepts.md'},
      {path: 'console/', title: 'Stream console', source: 'docs/console.md'},
    ],
  },
  {
    title: 'Build',
    pages: [
      {path: 'streams/', title: 'Streams', source: 'README.md', section: '## Watch'},
      {path: 'changes/', title: 'Changes', source: 'README.md', section: '## Change'},
      {path: 'notifications/', title: 'Notifications', source: 'README.md', section: '## Notifications'},
      {
        path: 'activity/',
        title: 'Agents and workflows',
        source: 'README.md',
        section: '## Agents, pull requests and workflows',
      },
      {path: 'recipes/', title: 'Recipes', source: 'docs/recipes.md'},
      {path: 'import/', title: 'Import and export', source: 'docs/import.md'},
      {path: 'client/', title: 'The client', source: 'docs/client.md'},
      {path: 'python/', title: 'The Python client', source: 'examples/python/README.md'},
      {path: 'protocol/', title: 'The stream protocol', source: 'docs/protocol.md'},
    ],
  },
  {
    title: 'Run',
    pages: [
      {path: 'settings/', title: 'Settings', source: 'README.md', section: '## Run'},
      {path: 'running/', title: 'Running Boardcast', source: 'docs/running.md'},
      {path: 'security/', title: 'Security', source: 'SECURITY.md'},
      {path: 'performance/', title: 'How fast', source: 'README.md', section: '## How fast'},
    ],
  },
  {
    title: 'Understand',
    pages: [
      {path: 'comparison/', title: 'Comparison', source: 'docs/comparison.md'},
      {path: 'architecture/', title: 'Architecture', source: 'docs/architecture.md'},
      {path: 'clients/', title: 'Tested clients', source: 'docs/clients.md'},
      {path: 'conformance/', title: 'Conformance', source: 'docs/conformance.md'},
      {path: 'changelog/', title: 'Changelog', source: 'CHANGELOG.md'},
      {path: 'contributing/', title: 'Contributing', source: 'CONTRIBUTING.md'},
    ],
  },
]

/** Where a link to a file leads when no page has this file as its source. */
export const pathsOfFiles: Record<string, string> = {
  'README.md': '',
  'openapi.yaml': 'rest/',
  'examples/python': 'python/',
  'packages/client/README.md': 'client/',
}
