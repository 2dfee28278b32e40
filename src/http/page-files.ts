/** Serves the files of the live board's page from memory. `npm run build` writes these files. */
import {createHash} from 'node:crypto'
import {readdir, readFile} from 'node:fs/promises'
import {extname, join} from 'node:path'
import Router, {type RouterMiddleware} from '@koa/router'
import type {Middleware} from 'koa'
import {id} from '../board/fields.ts'
import {Problem} from '../board/problem.ts'

export interface PageFiles {
  index: Buffer
  /** The content of each asset, by file name. A file name contains a hash of the content. */
  assets: ReadonlyMap<string, Buffer>
}

/** Reads the output folder of Vite. Returns undefined when the folder does not exist. */
export async function readPageFiles(folder: string): Promise<PageFiles | undefined> {
  try {
    const index = await readFile(join(folder, 'index.html'))
    const names = await readdir(join(folder, 'assets'))
    const assets = names.map(async name => [name, await readFile(join(folder, 'assets', name))] as const)
    return {index, assets: new Map(await Promise.all(assets))}
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * The paths of the page's views. The server does not check whether the id in a path exists. The page reports an unknown
 * id.
 */
const viewPaths = ['/', '/projects/:id', '/sprints/:id']

/** Serves the page. When `files` is undefined, responds with a problem that names the build command. */
export function pageFiles(files: PageFiles | undefined): Router {
  const router = new Router()
  const index = files ? serveIndex(files.index) : rejectUnbuilt
  router.get(viewPaths, withPolicy, index)
  if (files) router.get('/assets/:name', withPolicy, serveAsset(files.assets))
  return router
}

// The page loads everything from this server, and no site may show the page in a frame. The browser does not run inline
// scripts that an attacker has injected, and does not let the page send data to another server.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const withPolicy: Middleware = async (ctx, next) => {
  await next()
  ctx.set('Content-Security-Policy', contentSecurityPolicy)
  ctx.set('Referrer-Policy', 'no-referrer')
}

function serveIndex(index: Buffer): RouterMiddleware {
  const etag = `"${createHash('sha256').update(index).digest('base64url')}"`
  return async (ctx, next) => {
    if (ctx.params.id !== undefined && !id.safeParse(ctx.params.id).success) return next()
    ctx.status = 200
    // Browsers must check for a new version of the page, because an old version refers to assets that no longer exist.
    ctx.set('Cache-Control', 'no-cache')
    ctx.set('ETag', etag)
    ctx.type = 'html'
    if (ctx.fresh) ctx.status = 304
    else ctx.body = index
  }
}

function serveAsset(assets: PageFiles['assets']): RouterMiddleware {
  return async (ctx, next) => {
    const {name = ''} = ctx.params
    const asset = assets.get(name)
    if (!asset) return next()
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
    ctx.type = extname(name)
    ctx.body = asset
  }
}

const rejectUnbuilt: Middleware = () => {
  throw new Problem('not-found', 'The page has not been built; run npm run build.')
}
