import {readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'

/** Returns the version of the installed package. */
export function packageVersion(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name))
  for (;;) {
    try {
      const {name: found, version} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (found === name) return version
    } catch {
      // This folder has no package.json.
    }
    folder = dirname(folder)
  }
}
