/** The live board's page: what `npm run build` made of src/page, read once and given to browsers from memory. */
import {createHash} from 'node:crypto'
import {readdir, readFile} from 'node:fs/promises'
import {extname, join} from 'node:path'
import Router, {type RouterMiddleware} from '@koa/router'
import type {Middleware} from 'koa'
import {id} from '../board/fields.ts'
import {Problem} from '../board/problem.ts'

export interface PageFiles {
  index: Buffer
  /** By name; each name carries a hash of the contents. */
  assets: ReadonlyMap<string, Buffer>
}

/** The files of a folder that Vite wrote; undefined when there is none. */
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

/** Where the page finds its way by itself; an id that names nothing, it tells. */
const places = ['/', '/projects/:id', '/sprints/:id']

/** Where `files` are undefined, the places answer that the page has to be built. */
export function pageFiles(files: PageFiles | undefined): Router {
  const router = new Router()
  const index = files ? giveIndex(files.index) : tellToBuild
  router.get(places, withPolicy, index)
  if (files) router.get('/assets/:name', withPolicy, giveAsset(files.assets))
  return router
}

// All that the page needs comes from here; nobody frames it, and what slips into it can neither run nor call home.
export const contentSecurityPolicy = [
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

function giveIndex(index: Buffer): RouterMiddleware {
  const etag = `"${createHash('sha256').update(index).digest('base64url')}"`
  return async (ctx, next) => {
    if (ctx.params.id !== undefined && !id.safeParse(ctx.params.id).success) return next()
    ctx.status = 200
    ctx.set('Cache-Control', 'no-cache') // kept, but asked for each time: it names the assets of this build
    ctx.set('ETag', etag)
    ctx.type = 'html'
    if (ctx.fresh) ctx.status = 304
    else ctx.body = index
  }
}

function giveAsset(assets: PageFiles['assets']): RouterMiddleware {
  return async (ctx, next) => {
    const {name = ''} = ctx.params
    const asset = assets.get(name)
    if (!asset) return next()
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
    ctx.type = extname(name)
    ctx.body = asset
  }
}

const tellToBuild: Middleware = () => {
  throw new Problem('not-found', 'The page has not been built; npm run build does it.')
}
