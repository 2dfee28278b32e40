// Builds the files that browsers load from src/page. A test file should do this only once:
//
//   const server = await startServer({page: await buildPage()})
import {execFile} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {type PageFiles, readPageFiles} from '../../src/http/page-files.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export async function buildPage(): Promise<PageFiles> {
  const outDir = await mkdtemp(join(tmpdir(), 'boardcast-page-'))
  try {
    const vite = join(root, 'node_modules/vite/bin/vite.js')
    await promisify(execFile)(process.execPath, [vite, 'build', '--outDir', outDir], {cwd: root})
    return (await readPageFiles(outDir))!
  } finally {
    await rm(outDir, {recursive: true, force: true})
  }
}
