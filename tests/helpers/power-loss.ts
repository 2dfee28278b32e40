// Simulates the worst case of a power loss: after the loss, a folder contains only the content that was synced to the
// disk.
import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {dirname, join, relative} from 'node:path'

export interface SyncedFiles {
  /** Copies the synced state to another folder. */
  copyTo(folder: string): void
  /** Stops recording. */
  stop(): void
}

/**
 * Copies `folder` to `image`. When this process later syncs a file of `folder`, the synced file is copied to `image`
 * again. Needs /proc to find the path of a file descriptor.
 */
export function recordSyncedFiles(folder: string, image: string): SyncedFiles {
  fs.cpSync(folder, image, {recursive: true})
  const {fsyncSync, fdatasyncSync} = fs
  fs.fsyncSync = fd => {
    fsyncSync(fd)
    record(fd)
  }
  fs.fdatasyncSync = fd => {
    fdatasyncSync(fd)
    record(fd)
  }
  syncBuiltinESMExports()
  return {
    copyTo: target => fs.cpSync(image, target, {recursive: true}),
    stop() {
      fs.fsyncSync = fsyncSync
      fs.fdatasyncSync = fdatasyncSync
      syncBuiltinESMExports()
    },
  }

  function record(fd: number): void {
    const path = relative(folder, fs.readlinkSync(`/proc/self/fd/${fd}`))
    if (path.startsWith('..')) return
    if (fs.fstatSync(fd).isDirectory()) {
      fs.mkdirSync(join(image, path), {recursive: true})
      return
    }
    fs.mkdirSync(dirname(join(image, path)), {recursive: true})
    fs.copyFileSync(join(folder, path), join(image, path))
  }
}
