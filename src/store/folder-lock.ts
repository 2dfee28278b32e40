/** One process holds a data folder: PGlite would corrupt it if two did. */
import {mkdir, open, readFile, rm} from 'node:fs/promises'
import {dirname, join, resolve} from 'node:path'
import {kill, pid as ownPid} from 'node:process'

/** Another process that lives holds the folder. */
export class FolderLockedError extends Error {
  readonly code = 'folder-locked'
  /** Undefined where the holder has not written it: a moment ago, or never. */
  readonly pid: number | undefined

  constructor(path: string, pid: number | undefined) {
    const folder = dirname(path)
    super(
      pid === undefined
        ? `Another process is taking the data folder ${folder}; try again. If there is none, delete ${path}.`
        : `The data folder ${folder} is held by process ${pid}; stop the server first.`,
    )
    this.name = 'FolderLockedError'
    this.pid = pid
  }
}

interface Holder {
  pid: number
  /** What tells this process from an earlier one of the same pid; null where the system does not say. */
  started: string | null
}

const heldHere = new Set<string>()

/** Takes the folder and answers how to give it back. Throws FolderLockedError; never displaces a live holder. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(resolve(folder), 'boardcast.lock')
  if (heldHere.has(path)) throw new FolderLockedError(path, ownPid)
  // Before the first await: the lock file has our pid, and so does not tell two of one process apart.
  heldHere.add(path)
  try {
    await mkdir(folder, {recursive: true})
    if (!(await createLock(path))) await replaceDeadHolder(path)
  } catch (error) {
    heldHere.delete(path)
    throw error
  }
  return async () => {
    await rm(path, {force: true})
    heldHere.delete(path)
  }
}

async function createLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    const holder: Holder = {pid: ownPid, started: await startOf(ownPid)}
    await file.writeFile(JSON.stringify(holder))
    await file.sync() // empty after a power loss, it would keep the folder from everybody
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Of several processes that find the same dead holder, the one that creates the second file replaces it. */
async function replaceDeadHolder(path: string): Promise<void> {
  const turn = `${path}.replacing`
  if (!(await createLock(turn))) throw new FolderLockedError(turn, undefined)
  try {
    const holder = await readHolder(path)
    // A file without content belongs to a process that is about to write it.
    if (!holder || (await isAlive(holder))) throw new FolderLockedError(path, holder?.pid)
    await rm(path)
    if (!(await createLock(path))) throw new FolderLockedError(path, (await readHolder(path))?.pid)
  } finally {
    await rm(turn, {force: true})
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

async function isAlive({pid, started}: Holder): Promise<boolean> {
  // In a restarted container the dead holder often had the pid that we have now.
  if (pid === ownPid) return false
  try {
    kill(pid, 0)
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await startOf(pid)
  return started === null || now === null || started === now
}

/** The time at which a process started, in ticks since boot: field 22 of Linux's `stat`, behind the name in brackets. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
