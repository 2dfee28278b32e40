/** Connects pg to the embedded PGlite. PGlite runs in a worker thread when its data are in a folder. */
import {fork} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {chmod, mkdir, rename, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {Duplex} from 'node:stream'
import {MessageChannel, type MessagePort, Worker} from 'node:worker_threads'
import {Problem} from '../board/problem.ts'
import {type HostRequest, type HostResponse, hostPglite, joinChunks} from './pglite-host.ts'

export interface EmbeddedPostgres {
  /** Opens a connection for a pg client. Only the latest connection is usable. */
  connect(): Duplex
  /** Writes all data to the folder and stops PGlite. Close the connections first. */
  close(): Promise<void>
}

/**
 * `dataDir` is the folder of the database. When `dataDir` is undefined, PGlite runs on this thread with its data in
 * memory (for tests). When PGlite fails and stops, for example because the disk is full, `onFailed` is
 * called one time. After this failure, all queries fail until the process is restarted.
 */
export async function openEmbeddedPostgres(
  dataDir: string | undefined,
  onFailed: (error: Error) => void = () => {},
): Promise<EmbeddedPostgres> {
  return new PgliteClient(
    dataDir === undefined ? await openHere(undefined) : await openFolder(dataDir),
    onFailed,
  )
}

/** Receives the requests to PGlite as messages. */
type Host = MessagePort | Worker

async function openHere(dataDir: string | undefined): Promise<Host> {
  const {port1, port2} = new MessageChannel()
  await hostPglite(port2, dataDir)
  return port1
}

async function openFolder(dataDir: string): Promise<Host> {
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialize(dataDir)
  // PGlite creates files that every user of the machine can read. With the permissions 0o700, only the owner of the
  // folder can reach the files. An earlier version of Boardcast may have created the folder with other permissions.
  await chmod(dataDir, 0o700)
  const file = moduleFile('pglite-worker')
  // Node 20 cannot start a worker from a TypeScript file, so a server that runs from src/ runs PGlite on its main
  // thread.
  return file.endsWith('.ts') ? openHere(dataDir) : openWorker(file, dataDir)
}

async function openWorker(file: string, dataDir: string): Promise<Host> {
  const worker = new Worker(file, {workerData: {dataDir}})
  // The first message of the worker is 'ready'.
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', () => {
      worker.off('error', reject)
      resolve()
    })
  })
  return worker
}

/**
 * Creates the database in a separate process. initdb needs 500 MB more memory than the server, and this memory is freed
 * only when the process that ran initdb ends. The process writes to the folder `<dataDir>.new`. When the database is
 * complete, this function renames the folder to `dataDir`, so an interruption leaves no partial database in `dataDir`.
 */
async function initialize(dataDir: string): Promise<void> {
  const draft = `${dataDir}.new`
  await rm(draft, {recursive: true, force: true})
  await mkdir(draft, {mode: 0o700})
  const child = fork(moduleFile('pglite-initdb'), [draft], {stdio: 'inherit'})
  const [code, signal] = await once(child, 'exit')
  if (code !== 0)
    throw new Error(`The database in ${dataDir} could not be created (${signal ?? `exit code ${code}`}).`)
  await rename(draft, dataDir)
}

/** Returns the path of a module in this folder: a TypeScript file in src/, or a JavaScript file in a build. */
function moduleFile(name: string): string {
  const compiled = join(import.meta.dirname, `${name}.js`)
  return existsSync(compiled) ? compiled : join(import.meta.dirname, `${name}.ts`)
}

/**
 * Closes PGlite. Resolves when PGlite is closed. When PGlite has a worker thread, also waits for the end of the thread.
 */
async function endHost(host: Host): Promise<void> {
  const ended = new Promise<void>(resolve => {
    if (host instanceof Worker) host.once('exit', () => resolve())
    else host.once('close', resolve)
  })
  host.postMessage('close' satisfies HostRequest)
  await ended
}

class PgliteClient implements EmbeddedPostgres {
  readonly #host: Host
  readonly #onFailed: (error: Error) => void
  #connections = 0
  #stream: PgliteStream | undefined
  #failure: Error | undefined

  constructor(host: Host, onFailed: (error: Error) => void) {
    this.#host = host
    this.#onFailed = onFailed
    host.on('message', (response: HostResponse) => {
      if (typeof response !== 'object') return
      if ('failure' in response) this.#fail(new Error(response.failure))
      else this.#stream?.receive(response)
    })
    host.on('error', (error: Error) => this.#fail(error))
  }

  connect(): Duplex {
    this.#stream = new PgliteStream(this.#host, ++this.#connections)
    if (this.#failure) this.#stream.destroy(this.#failure)
    return this.#stream
  }

  async close(): Promise<void> {
    if (!this.#failure) await endHost(this.#host)
  }

  #fail(cause: Error): void {
    if (this.#failure) return
    const detail = 'The embedded database has stopped. Restart the server.'
    this.#failure = new Problem('store-unavailable', detail, {}, {cause})
    this.#stream?.destroy(this.#failure)
    if (this.#host instanceof Worker) void this.#host.terminate()
    else this.#host.close()
    this.#onFailed(cause)
  }
}

// When a response is longer than `maxChunkBytes`, pg receives the response in chunks, one chunk in each turn of the
// event loop. Parsing a megabyte at a time would block the event loop.
const maxChunkBytes = 64 * 1024

/** Replaces the socket of a pg client. */
class PgliteStream extends Duplex {
  readonly #host: Host
  readonly #connection: number
  /** The chunks that were received and have not yet been passed to pg. */
  readonly #received: Uint8Array[] = []

  constructor(host: Host, connection: number) {
    super()
    this.#host = host
    this.#connection = connection
  }

  receive({connection, bytes}: {connection: number; bytes: Uint8Array}): void {
    if (connection !== this.#connection || bytes.length === 0) return
    const isIdle = this.#received.length === 0
    for (let start = 0; start < bytes.length; start += maxChunkBytes) {
      this.#received.push(bytes.subarray(start, start + maxChunkBytes))
    }
    if (isIdle) this.#pushNext()
  }

  #pushNext(): void {
    if (this.destroyed) return
    this.push(this.#received.shift())
    if (this.#received.length > 0) setImmediate(() => this.#pushNext())
  }

  // pg calls the following methods of a socket.
  connect(): void {
    queueMicrotask(() => this.emit('connect'))
  }
  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#post([chunk])
    done()
  }

  override _writev(chunks: {chunk: Buffer}[], done: () => void): void {
    this.#post(chunks.map(({chunk}) => chunk))
    done()
  }

  override _final(done: () => void): void {
    this.push(null)
    done()
  }

  #post(chunks: Buffer[]): void {
    const bytes = joinChunks(chunks)
    const request: HostRequest = {connection: this.#connection, bytes}
    this.#host.postMessage(request, [bytes.buffer])
  }
}
