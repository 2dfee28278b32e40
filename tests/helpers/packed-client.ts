// Packs `@boardcast/client` and installs the tarball in an empty project, once per run of the tests.
import {execFile} from 'node:child_process'
import {copyFile, mkdir, readdir, rename, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {buildClient} from '../../scripts/build-client.ts'
import {sharedFolder} from './shared-folder.ts'

const run = promisify(execFile)
const source = fileURLToPath(new URL('../../packages/client', import.meta.url))

export interface PackedClient {
  tarball: string
  /** The project with the installed package. No test may write to this folder. */
  project: string
}

export async function packClient(): Promise<PackedClient> {
  const folder = await sharedFolder('client', async draft => {
    const [unpacked, project] = [join(draft, 'package'), join(draft, 'project')]
    await mkdir(unpacked, {recursive: true})
    await mkdir(project)
    for (const file of ['package.json', 'README.md']) await copyFile(join(source, file), join(unpacked, file))
    await buildClient(unpacked)
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', draft], {cwd: unpacked})
    const packed = (await readdir(draft)).find(name => name.endsWith('.tgz'))!
    await rename(join(draft, packed), join(draft, 'client.tgz'))
    await writeFile(join(project, 'package.json'), '{"private": true}')
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '../client.tgz'], {cwd: project})
  })
  return {tarball: join(folder, 'client.tgz'), project: join(folder, 'project')}
}
