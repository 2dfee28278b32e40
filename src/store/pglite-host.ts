/** Connects PGlite to a MessagePort: receives Postgres protocol messages and posts the responses. */
import {closeSync, fdatasyncSync, fsyncSync, openSync} from 'node:fs'
import type {MessagePort} from 'node:worker_threads'
import {PGlite} from '@electric-sql/pglite'
import {NodeFS} from '@electric-sql/pglite/nodefs'

/** Complete protocol messages of one client connection, or the request to write all data and close. */
export type HostRequest = {connection: number; bytes: Uint8Array} | 'close'

/**
 * The response to a request. 'ready' is sent once, at the start. 'closed' is the response to 'close'. `failure` is sent
 * once, when PGlite has stopped and responds to no more requests.
 */
export type HostResponse = {connection: number; bytes: Uint8Array} | {failure: string} | 'ready' | 'closed'

/**
 * Opens PGlite and responds to the requests that the port receives. `dataDir` is the folder of the database. The
 * database is created if it does not exist. When `dataDir` is undefined, the data are in memory.
 */
export async function hostPglite(port: MessagePort, dataDir: string | undefined): Promise<void> {
  const pglite = await openPglite(dataDir)
  let current: number | undefined
  const execute = async ({connection, bytes}: Exclude<HostRequest, 'close'>) => {
    if (current !== undefined && connection !== current) await resetSession(pglite)
    current = connection
    const response = {connection, bytes: await respond(pglite, bytes)} satisfies HostResponse
    const panic = findPanic(response.bytes)
    if (panic !== undefined) throw new Error(panic)
    port.postMessage(response, [response.bytes.buffer])
  }
  const close = async () => {
    await pglite.close()
    port.postMessage('closed' satisfies HostResponse)
    port.close()
  }
  // Requests run one after another: each request starts when the previous request has ended. After a failure, no further
  // request runs.
  let last = Promise.resolve()
  let hasFailed = false
  const fail = (error: Error) => {
    if (!hasFailed) port.postMessage({failure: error.message} satisfies HostResponse)
    hasFailed = true
  }
  port.on('message', (request: HostRequest) => {
    last = last.then(() => (request === 'close' ? close() : execute(request)))
    last.catch(fail)
  })
  port.postMessage('ready' satisfies HostResponse)
}

/** Opens PGlite on this thread, and creates the database if it does not exist. */
export async function openPglite(dataDir: string | undefined): Promise<PGlite> {
  return dataDir === undefined
    ? PGlite.create('memory://', {startParams: startParams(PGlite.defaultStartParams)})
    : PGlite.create({fs: new DurableFS(dataDir), startParams: durableStartParams()})
}

function startParams(params: readonly string[]): string[] {
  return [...params, '-c', 'shared_buffers=16MB'] // by default, Postgres would allocate 128 MB at its start
}

/** Returns the default parameters of PGlite without `-F`, because `-F` turns fsync off. */
function durableStartParams(): string[] {
  const params = PGlite.defaultStartParams.filter(param => param !== '-F')
  return [...startParams(params), '-c', 'wal_sync_method=fsync'] // PGlite does not implement the default, fdatasync
}

/** Adds fsync to NodeFS. Without fsync, a power loss could lose or corrupt data that Postgres assumes to be on disk. */
class DurableFS extends NodeFS {
  override async init(...args: Parameters<NodeFS['init']>) {
    const {emscriptenOpts} = await super.init(...args)
    const implementFsync = ({NODEFS}: EmscriptenModule) => {
      NODEFS.stream_ops.fsync = stream => {
        // fdatasync does not write the modification time of the file, and nothing reads this time. For the files of the
        // write-ahead log, fdatasync is a third faster than fsync.
        if (stream.nfd !== undefined) fdatasyncSync(stream.nfd)
        else syncFolder(NODEFS.realPath(stream.node))
        return 0
      }
    }
    return {emscriptenOpts: {...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), implementFsync]}}
  }
}

/** The part of Emscripten's module for which PGlite exports no types. */
interface EmscriptenModule {
  NODEFS: {
    stream_ops: {fsync?: (stream: {nfd?: number; node: unknown}) => number}
    realPath(node: unknown): string
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Joins the chunks in a new buffer, so that the buffer can be transferred to another thread. */
export function joinChunks(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    joined.set(chunk, offset)
    offset += chunk.length
  }
  return joined
}

async function respond(pglite: PGlite, request: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  await pglite.execProtocolRawStream(request, {onRawData: bytes => chunks.push(bytes.slice())})
  return joinChunks(chunks)
}

/**
 * Returns the message of the first error with the severity PANIC. Returns undefined when no error has this severity.
 * After a panic, a normal Postgres server stops all its processes and recovers from the write-ahead log. PGlite has
 * only one process, so PGlite cannot recover.
 */
function findPanic(response: Uint8Array): string | undefined {
  const bytes = Buffer.from(response.buffer, response.byteOffset, response.length)
  // [spec] Postgres protocol, message formats: a type, an int32 length (which includes its own 4 bytes), and the content.
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readUInt32BE(at + 1)) {
    if (bytes[at] !== errorResponse) continue
    const end = at + 1 + bytes.readUInt32BE(at + 1)
    // [spec] ErrorResponse: fields that end with NUL; V is the severity, and M is the message.
    const fields = bytes.toString('utf8', at + 5, end).split('\0')
    if (fields.includes('VPANIC')) return fields.find(field => field.startsWith('M'))?.slice(1) ?? 'panic'
  }
  return undefined
}

const errorResponse = 'E'.charCodeAt(0)

/**
 * Ends the transaction of the previous connection, and removes the prepared statements of that connection. The cleanup
 * is necessary because PGlite has only one session.
 */
async function resetSession(pglite: PGlite): Promise<void> {
  await pglite.exec('rollback')
  await pglite.exec('discard all')
}
