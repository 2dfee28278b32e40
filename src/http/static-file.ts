/** A file that the server sends from memory, with its compressed forms, its ETag and its Content-Security-Policy. */
import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import type {Context, Middleware} from 'koa'
import {type Coding, chooseCoding, codings} from './content-coding.ts'
import {formatEntityTag} from './entity-tags.ts'

export interface StaticFile {
  content: Buffer
  /** The compressed content. A coding is missing when compression does not make the file smaller. */
  compressed: Partial<Record<Coding, Buffer>>
}

/** A build writes the compressed content of `a.js` to `a.js.br` and `a.js.gz`. */
const extensions: Record<Coding, string> = {br: '.br', gzip: '.gz'}

/** Whether the build has written this file as a compressed form of another file. */
export function isCompressedForm(name: string): boolean {
  return Object.values(extensions).some(extension => name.endsWith(extension))
}

/** Reads a file and its compressed forms. Rejects when the file does not exist. */
export async function readStaticFile(path: string): Promise<StaticFile> {
  const compressed: StaticFile['compressed'] = {}
  for (const coding of codings) {
    const content = await readFile(path + extensions[coding]).catch(error => {
      if (!isMissing(error)) throw error
    })
    if (content) compressed[coding] = content
  }
  return {content: await readFile(path), compressed}
}

/** Whether the error says that a file or a folder does not exist. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

/** The `Cache-Control` of a file whose name contains a hash of its content. */
export const neverChanges = 'public, max-age=31536000, immutable'
/** The `Cache-Control` of a page. An old version refers to assets that no longer exist, so browsers must check for a new one. */
export const mayChange = 'no-cache'

// A page loads everything from this server, and no site may show the page in a frame. The browser does not run inline
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

/** Allows a page to load and send data only from and to this server. */
export const withPolicy: Middleware = async (ctx, next) => {
  await next()
  ctx.set('Content-Security-Policy', contentSecurityPolicy)
  ctx.set('Referrer-Policy', 'no-referrer')
}

/** Returns a function that sends the file, or sends a 304 when the client has the file. */
export function sender({content, compressed}: StaticFile): (ctx: Context) => void {
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
