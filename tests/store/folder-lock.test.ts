import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {FolderLockedError, lockFolder} from '../../src/store/folder-lock.ts'

// Child processes import the compiled file, so that they start quickly.
const subject = import.meta.resolve('../../src/store/folder-lock.js')

test('only one holder can lock a folder at a time, and the folder can be locked again after it was unlocked', async t => {
  const folder = await makeFolder(t)
  const unlock = await lockFolder(folder)
  const refusal = await t.throwsAsync(lockFolder(folder), {
    instanceOf: FolderLockedError,
    code: 'folder-locked',
  })
  t.is(refusal.pid, process.pid)
  t.regex(refusal.message, /Stop that server first/)
  await unlock()
  t.deepEqual(await readdir(folder), [])
  await t.notThrowsAsync(async () => (await lockFolder(folder))())
})

test('a missing folder is created', async t => {
  const folder = join(await makeFolder(t), 'of', 'boards')
  const unlock = await lockFolder(folder)
  t.deepEqual(await readdir(folder), ['boardcast.lock'])
  await unlock()
})

test('when one process locks a folder several times concurrently, only one lock succeeds', async t => {
  const folder = await makeFolder(t)
  const results = await Promise.allSettled(Array.from({length: 10}, () => lockFolder(folder)))
  t.is(results.filter(({status}) => status === 'fulfilled').length, 1)
})

test('while another process has locked a folder, locking the folder fails, and the error contains the pid of that process; after that process has exited, locking the folder succeeds', async t => {
  const folder = await makeFolder(t)
  const holder = await hold(t, folder)
  const refusal = await t.throwsAsync(lockFolder(folder), {code: 'folder-locked'})
  t.is((refusal as FolderLockedError).pid, holder.pid!)
  holder.kill('SIGTERM')
  await once(holder, 'exit')
  await t.notThrowsAsync(async () => (await lockFolder(folder))())
})

test('the lock of a killed process is replaced', async t => {
  const folder = await makeFolder(t)
  await kill(await hold(t, folder))
  t.deepEqual(await readdir(folder), ['boardcast.lock'])
  const unlock = await lockFolder(folder)
  t.is(JSON.parse(await readFile(join(folder, 'boardcast.lock'), 'utf8')).pid, process.pid)
  await unlock()
  t.deepEqual(await readdir(folder), [])
})

test('a lock file without a pid is not replaced, and the error names the file to delete', async t => {
  const folder = await makeFolder(t)
  const path = join(folder, 'boardcast.lock')
  await writeFile(path, '')
  const refusal = await t.throwsAsync(lockFolder(folder), {code: 'folder-locked'})
  t.is((refusal as FolderLockedError).pid, undefined)
  t.true(refusal!.message.endsWith(`delete ${path}.`), refusal!.message)
  await rm(path)

  await kill(await hold(t, folder))
  await writeFile(`${path}.replacing`, '')
  await t.throwsAsync(lockFolder(folder), {message: /delete .*boardcast\.lock\.replacing\.$/})
  await rm(`${path}.replacing`)
  await (await lockFolder(folder))()
  t.deepEqual(await readdir(folder), [])
})

test('when several processes find the lock of a killed process, only one process replaces the lock', async t => {
  const folder = await makeFolder(t)
  await kill(await hold(t, folder))
  const results = await Promise.allSettled(Array.from({length: 4}, () => hold(t, folder)))
  t.is(results.filter(({status}) => status === 'fulfilled').length, 1)
})

test('a lock is replaced when its pid now belongs to a process with another start time', async t => {
  const folder = await makeFolder(t)
  // The parent process is running, but the lock contains a different start time.
  const holder = {pid: process.ppid, started: '1'}
  await writeFile(join(folder, 'boardcast.lock'), JSON.stringify(holder))
  await t.notThrowsAsync(async () => (await lockFolder(folder))())
})

test('a lock with the pid of this process is replaced, because a restarted container can use the same pid again', async t => {
  const folder = await makeFolder(t)
  await writeFile(join(folder, 'boardcast.lock'), JSON.stringify({pid: process.pid, started: '1'}))
  await t.notThrowsAsync(async () => (await lockFolder(folder))())
})

async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boardcast-lock-'))
  t.teardown(() => rm(folder, {recursive: true, force: true}))
  return folder
}

/** Starts a process that locks the folder until SIGTERM. Rejects when the process cannot lock the folder. */
async function hold(t: ExecutionContext, folder: string): Promise<ChildProcess> {
  const script = `
    import {lockFolder} from ${JSON.stringify(subject)}
    const unlock = await lockFolder(${JSON.stringify(folder)})
    process.on('SIGTERM', async () => {
      await unlock()
      process.exit()
    })
    setInterval(() => {}, 1000)
    console.log('held')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const isHeld = await Promise.race([
    once(child.stdout!, 'data').then(() => true),
    once(child, 'exit').then(() => false),
  ])
  if (!isHeld) throw new Error('The process could not lock the folder')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}
