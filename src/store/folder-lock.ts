/**
 * An exclusive lock on the data folder. If two processes opened the same PGlite folder, the processes would corrupt the
 * data in the folder.
 */
import {mkdir, open, readFile, rm} from 'node:fs/promises'
import {dirname, join, resolve} from 'node:path'
import {kill, pid as ownPid} from 'node:process'

/** The error that is thrown when another running process has locked the folder. */
export class FolderLockedError extends Error {
  readonly code = 'folder-locked'
  /** The pid of the process that holds the lock. Undefined when the lock file contains no pid. */
  readonly pid: number | undefined

  constructor(path: string, pid: number | undefined) {
    const folder = dirname(path)
    super(
      pid === undefined
        ? `Another process is locking the data folder ${folder}. Try again. If no such process exists, delete ${path}.`
        : `The data folder ${folder} is in use by process ${pid}. Stop that server first.`,
    )
    this.name = 'FolderLockedError'
    this.pid = pid
  }
}

interface Holder {
  pid: number
  /**
   * The start time of the process. When the process has ended, a later process may have the same pid. The later process
   * has a different start time. Null when the start time is unknown.
   */
  started: string | null
}

const lockedByUs = new Set<string>()

/**
 * Creates the folder if needed, locks the folder, and returns a function that unlocks the folder. Throws
 * FolderLockedError when another running process has locked the folder. Replaces the lock of a process that no longer
 * runs.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(resolve(folder), 'boardcast.lock')
  if (lockedByUs.has(path)) throw new FolderLockedError(path, ownPid)
  // Add the path before the first await, so that a second call in this process fails. The lock file cannot prevent the
  // second call, because this function replaces a lock with the pid of this process.
  lockedByUs.add(path)
  try {
    await mkdir(folder, {recursive: true, mode: 0o700})
    if (!(await createLock(path))) await replaceDeadHolder(path)
  } catch (error) {
    lockedByUs.delete(path)
    throw error
  }
  return async () => {
    await rm(path, {force: true})
    lockedByUs.delete(path)
  }
}

/** Returns false when the file already exists. */
async function createLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    const holder: Holder = {pid: ownPid, started: await startTimeOf(ownPid)}
    await file.writeFile(JSON.stringify(holder))
    // Without `sync`, a power loss could leave an empty file. The folder would then stay locked until someone deletes
    // the file.
    await file.sync()
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Replaces the lock of a process that no longer runs. When several processes try to replace the lock at the same time,
 * only the process that creates a second lock file may replace the lock.
 */
async function replaceDeadHolder(path: string): Promise<void> {
  const replacementLock = `${path}.replacing`
  if (!(await createLock(replacementLock))) throw new FolderLockedError(replacementLock, undefined)
  try {
    const holder = await readHolder(path)
    // `holder` is undefined when the file is empty. In this case, another process has just created the file, and is
    // about to write its pid.
    if (!holder || (await isAlive(holder))) throw new FolderLockedError(path, holder?.pid)
    await rm(path)
    if (!(await createLock(path))) throw new FolderLockedError(path, (await readHolder(path))?.pid)
  } finally {
    await rm(replacementLock, {force: true})
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
  // When the lock contains the pid of this process, a dead process has left the lock. In a restarted container, the
  // dead process often had the same pid as this process.
  if (pid === ownPid) return false
  try {
    kill(pid, 0)
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const startedNow = await startTimeOf(pid)
  return started === null || startedNow === null || started === startedNow
}

/** Returns the start time of a process in clock ticks since boot: field 22 of `/proc/<pid>/stat` on Linux. */
async function startTimeOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // Field 2 is the name of the process in parentheses. The name may contain spaces, so this line splits
    // only the text after the name.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
