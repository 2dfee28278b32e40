// Fills the disk of the embedded database.
import {execFileSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {mkdtempSync, rmSync} from 'node:fs'
import {open, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test from 'ava'
import {mintToken} from '../../src/identity/mint-token.ts'
import {fillDataFolder} from '../helpers/data-folder.ts'
import {startProcess} from '../helpers/process.ts'
import {skipping} from '../helpers/skipping.ts'
import {until} from '../helpers/until.ts'

const maxChanges = 30
const isPossible = process.platform === 'linux' && process.getuid?.() === 0
const testOnSmallDisk = isPossible ? test : skipping('a small disk', 'only root on Linux can mount a tmpfs')

testOnSmallDisk(
  'when the disk of the embedded database is full, changes fail or the server exits with the reason, and when space is free, the server works again',
  async t => {
    t.timeout(180_000)
    const disk = mkdtempSync(join(tmpdir(), 'boardcast-full-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=192m,mode=700', 'tmpfs', disk])
    t.teardown(() => {
      execFileSync('umount', ['-l', disk])
      rmSync(disk, {recursive: true, force: true})
    })
    const secret = randomBytes(32).toString('hex')
    const env = {DATA_DIR: join(disk, 'data'), AUTH_JWT_SECRET: secret}
    await fillDataFolder(env.DATA_DIR)
    const server = await startProcess(env)
    t.teardown(() => server.end('SIGKILL'))
    const member = {subject: 'ada', organization: 'acme', role: 'member', lifetime: 3600} as const
    const headers = {
      authorization: `Bearer ${await mintToken({secret}, member)}`,
      'content-type': 'application/json',
    }
    const post = async (url: string, path: string, body: object) => {
      const response = await fetch(`${url}/api/v1${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      return {status: response.status, body: (await response.json()) as any}
    }
    const project = (await post(server.url, '/projects', {name: 'Apollo'})).body
    const stories = `/projects/${project.id}/stories`
    t.is((await post(server.url, stories, {title: 'The first story'})).status, 201)

    await fill(join(disk, 'filling'))
    let hasExited = false
    void server.exited.then(() => {
      hasExited = true
    })
    const statuses = new Set<number>()
    for (let count = 0; count < maxChanges && !hasExited; count++) {
      const story = {title: 'A story', description: randomBytes(5_000).toString('hex')}
      const {status} = await post(server.url, stories, story).catch(() => ({status: 0})) // the server may have exited
      statuses.add(status)
    }
    t.log(`statuses: ${[...statuses].join(', ')}; the server has ${hasExited ? '' : 'not '}exited`)
    t.true(hasExited || statuses.has(503))
    t.true([...statuses].every(status => [201, 503, 0].includes(status)))

    await rm(join(disk, 'filling'))
    let {url} = server
    if (hasExited) {
      t.is(await server.exited, 1)
      // The last lines may arrive after the exit.
      await until(() => server.output.some(line => line.includes('free disk space if the disk is full')))
      const restarted = await startProcess(env)
      t.teardown(() => restarted.end('SIGKILL'))
      url = restarted.url
    }
    t.is((await post(url, stories, {title: 'The last story'})).status, 201)
    const first = await fetch(`${url}/api/v1${stories}?limit=1`, {headers})
    t.is(((await first.json()) as any).items[0].title, 'The first story')
  },
)

/** Writes a file until the file system is full. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w')
  const zeros = Buffer.alloc(64 * 1024)
  try {
    for (;;) await file.write(zeros)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    await file.close()
  }
}
