/** Serves the documentation from memory, at `/docs`. `npm run build` writes these files. */
import {readdir} from 'node:fs/promises'
import {extname, join, sep} from 'node:path'
import Router, {type RouterMiddleware} from '@koa/router'
import {
  isCompressedForm,
  isMissing,
  mayChange,
  neverChanges,
  readStaticFile,
  type StaticFile,
  sender,
  withPolicy,
} from './static-file.ts'

/** Each file, by its path below `/docs/`. The path of a page ends with `index.html`. */
export type DocsFiles = ReadonlyMap<string, StaticFile>

/** Reads the output folder of site/build.ts. Returns undefined when the folder does not exist. */
export async function readDocsFiles(folder: string): Promise<DocsFiles | undefined> {
  try {
    const entries = await readdir(folder, {recursive: true})
    // A folder has no extension, and every file of the documentation has one.
    const paths = entries.filter(path => extname(path) !== '' && !isCompressedForm(path))
    const files = paths.map(
      async path => [path.replaceAll(sep, '/'), await readStaticFile(join(folder, path))] as const,
    )
    return new Map(await Promise.all(files))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

export function docsFiles(files: DocsFiles): Router {
  const router = new Router()
  router.get('/docs{/*path}', withPolicy, serveFile(files))
  return router
}

function serveFile(files: DocsFiles): RouterMiddleware {
  const senders = new Map([...files].map(([path, file]) => [path, sender(file)]))
  return async (ctx, next) => {
    const path = ctx.path.slice('/docs/'.length)
    const isFolder = ctx.path.endsWith('/')
    const name = isFolder ? `${path}index.html` : path
    const send = senders.get(name)
    if (send) {
      ctx.set('Cache-Control', name.startsWith('assets/') ? neverChanges : mayChange)
      ctx.type = extname(name)
      return send(ctx)
    }
    // The links of a page are relative to its folder, so the path of a page must end with a slash.
    if (isFolder || !senders.has(path ? `${path}/index.html` : 'index.html')) return next()
    ctx.redirect(`/docs/${path && `${path}/`}`)
    ctx.status = 308
  }
}
