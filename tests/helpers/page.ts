// Builds the page, which is in src/page, once per run of the tests:
//
//   const server = await startServer({page: await buildPage()})
import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {type PageFiles, readPageFiles} from '../../src/http/page-files.ts'
import {sharedFolder} from './shared-folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export async function buildPage(): Promise<PageFiles> {
  const folder = await sharedFolder('page', async outDir => {
    const vite = join(root, 'node_modules/vite/bin/vite.js')
    await promisify(execFile)(process.execPath, [vite, 'build', '--outDir', outDir], {cwd: root})
  })
  return (await readPageFiles(folder))!
}
