// Builds the documentation, once per run of the tests:
//
//   const server = await startServer({docs: await buildDocs()})
import {buildSite} from '../../site/build.ts'
import {type DocsFiles, readDocsFiles} from '../../src/http/docs-files.ts'
import {sharedFolder} from './shared-folder.ts'

export async function buildDocs(): Promise<DocsFiles> {
  return (await readDocsFiles(await sharedFolder('docs', buildSite)))!
}
