// Folders that all test files of a run share. A run creates the expensive contents of such a folder only once.
import {existsSync} from 'node:fs'
import {rename, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {FolderLockedError, lockFolder} from '../../src/store/folder-lock.ts'

// `import.meta.dirname` is a folder of compiled files. Only this run uses the folder, and the folder is deleted after
// the run.
const sharedByRun = join(import.meta.dirname, '../../shared')

/**
 * Returns the path of the folder with this name. The first test file that needs the folder creates the folder with
 * `fill`. Other test files wait until the folder is complete. Nothing may write to a complete folder.
 */
export async function sharedFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(sharedByRun, name)
  if (existsSync(folder)) return folder
  const unlock = await lock(`${folder}-lock`)
  try {
    if (existsSync(folder)) return folder
    const draft = `${folder}-draft`
    await rm(draft, {recursive: true, force: true}) // a killed process may have left an unfinished draft
    await fill(draft)
    await rename(draft, folder)
    return folder
  } finally {
    await unlock()
  }
}

/**
 * Locks the folder, and returns a function that unlocks the folder. Waits while another process has locked the folder.
 */
async function lock(folder: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      return await lockFolder(folder)
    } catch (error) {
      if (!(error instanceof FolderLockedError)) throw error
      await delay(50)
    }
  }
}
