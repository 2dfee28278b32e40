/** Serves the files of the live board's page from memory. `npm run build` writes these files. */
import {readdir} from 'node:fs/promises'
import {extname, join} from 'node:path'
import Router, {type RouterMiddleware} from '@koa/router'
import type {Middleware} from 'koa'
import {id} from '../board/fields.ts'
import {Problem} from '../board/problem.ts'
import {parseTaskKey} from '../board/task-key.ts'
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

export interface PageFiles {
  index: StaticFile
  /** Each asset, by file name. A file name contains a hash of the content. */
  assets: ReadonlyMap<string, StaticFile>
}

/** Reads the output folder of Vite. Returns undefined when the folder does not exist. */
export async function readPageFiles(folder: string): Promise<PageFiles | undefined> {
  try {
    const index = await readStaticFile(join(folder, 'index.html'))
    const files = await readdir(join(folder, 'assets'))
    const names = files.filter(name => !isCompressedForm(name))
    const assets = names.map(
      async name => [name, await readStaticFile(join(folder, 'assets', name))] as const,
    )
    return {index, assets: new Map(await Promise.all(assets))}
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/**
 * The paths of the page's views. The server does not check whether the id or the key in a path exists. The page reports
 * an unknown id or key.
 */
const viewPaths = ['/', '/my-work', '/projects/:id', '/sprints/:id', '/tasks/:key']

/** Serves the page. When `files` is undefined, responds with a problem that names the build command. */
export function pageFiles(files: PageFiles | undefined): Router {
  const router = new Router()
  const index = files ? serveIndex(files.index) : rejectUnbuilt
  router.get(viewPaths, withPolicy, index)
  if (files) router.get('/assets/:name', withPolicy, serveAsset(files.assets))
  return router
}

/**
 * Answers a browser that navigates to an unknown path with the page, which says so. Other requests, and paths of the API,
 * get a problem. Does nothing when the page has not been built.
 */
export function missingPage(files: PageFiles | undefined): Middleware {
  if (!files) return (_, next) => next()
  const send = sender(files.index)
  return async (ctx, next) => {
    await next()
    const isNavigation = ['GET', 'HEAD'].includes(ctx.method) && /\btext\/html\b/.test(ctx.get('Accept'))
    if (ctx.respond === false || ctx.status !== 404 || ctx.body || !isNavigation) return
    if (/^\/(api|assets)\//.test(ctx.path)) return
    await withPolicy(ctx, async () => send(ctx))
    ctx.set('Cache-Control', 'no-store')
    ctx.vary('Accept')
    ctx.remove('ETag')
    ctx.type = 'html'
    ctx.status = 404
  }
}

function serveIndex(index: StaticFile): RouterMiddleware {
  const send = sender(index)
  return async (ctx, next) => {
    if (ctx.params.id !== undefined && !id.safeParse(ctx.params.id).success) return next()
    if (ctx.params.key !== undefined && !parseTaskKey(ctx.params.key)) return next()
    ctx.set('Cache-Control', mayChange)
    ctx.type = 'html'
    send(ctx)
  }
}

function serveAsset(assets: PageFiles['assets']): RouterMiddleware {
  const senders = new Map([...assets].map(([name, asset]) => [name, sender(asset)]))
  return async (ctx, next) => {
    const {name = ''} = ctx.params
    const send = senders.get(name)
    if (!send) return next()
    ctx.set('Cache-Control', neverChanges)
    ctx.type = extname(name)
    send(ctx)
  }
}

const rejectUnbuilt: Middleware = () => {
  throw new Problem('not-found', 'The page has not been built; run npm run build.')
}
