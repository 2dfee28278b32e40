/** Serves the files of the live board's page from memory. `npm run build` writes these files. */
import {createHash} from 'node:crypto'
import {readdir, readFile} from 'node:fs/promises'
import {extname, join} from 'node:path'
import Router, {type RouterMiddleware} from '@koa/router'
import type {Context, Middleware} from 'koa'
import {id} from '../board/fields.ts'
import {Problem} from '../board/problem.ts'
import {type Coding, chooseCoding, codings} from './content-coding.ts'
import {formatEntityTag} from './entity-tags.ts'

export interface PageFiles {
  index: PageFile
  /** Each asset, by file name. A file name contains a hash of the content. */
  assets: ReadonlyMap<string, PageFile>
}

export interface PageFile {
  content: Buffer
  /** The compressed content. A coding is missing when compression does not make the file smaller. */
  compressed: Partial<Record<Coding, Buffer>>
}

/** The build writes the compressed content of `a.js` to `a.js.br` and `a.js.gz`. */
const extensions: Record<Coding, string> = {br: '.br', gzip: '.gz'}

/** Reads the output folder of Vite. Returns undefined when the folder does not exist. */
export async function readPageFiles(folder: string): Promise<PageFiles | undefined> {
  try {
    const index = await readPageFile(join(folder, 'index.html'))
    const files = await readdir(join(folder, 'assets'))
    const names = files.filter(name => !Object.values(extensions).includes(extname(name)))
    const assets = names.map(async name => [name, await readPageFile(join(folder, 'assets', name))] as const)
    return {index, assets: new Map(await Promise.all(assets))}
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function readPageFile(path: string): Promise<PageFile> {
  const compressed: PageFile['compressed'] = {}
  for (const coding of codings) {
    const content = await readFile(path + extensions[coding]).catch(error => {
      if (!isMissing(error)) throw error
    })
    if (content) compressed[coding] = content
  }
  return {content: await readFile(path), compressed}
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
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

function serveIndex(index: PageFile): RouterMiddleware {
  const send = sender(index)
  return async (ctx, next) => {
    if (ctx.params.id !== undefined && !id.safeParse(ctx.params.id).success) return next()
    // Browsers must check for a new version of the page, because an old version refers to assets that no longer exist.
    ctx.set('Cache-Control', 'no-cache')
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
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
    ctx.type = extname(name)
    send(ctx)
  }
}

/** Returns a function that sends the file, or sends a 304 when the client has the file. */
function sender({content, compressed}: PageFile): (ctx: Context) => void {
  const hash = createHash('sha256').update(content).digest('base64url')
  const available = codings.filter(coding => compressed[coding])
  return ctx => {
    const coding = chooseCoding(ctx.headers['accept-encoding'], available)
    if (available.length > 0) ctx.vary('Accept-Encoding')
    ctx.status = 200
    ctx.set('ETag', formatEntityTag(hash, coding))
    if (ctx.fresh) {
      ctx.status = 304
      return
    }
    if (coding) ctx.set('Content-Encoding', coding)
    ctx.body = coding ? compressed[coding] : content
  }
}

const rejectUnbuilt: Middleware = () => {
  throw new Problem('not-found', 'The page has not been built; run npm run build.')
}
