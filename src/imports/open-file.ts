/** Opens a file in a worker thread, whose memory is limited. */
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {Worker} from 'node:worker_threads'
import {Problem, type ProblemCode} from '../board/problem.ts'
import {type Batches, type BatchList, type FileSummary, ImportedFile} from './imported-file.ts'
import {invalidFile} from './invalid-file.ts'
import type {ReadOptions} from './read-file.ts'

export interface FileWork {
  bytes: Uint8Array<ArrayBuffer>
  options: ReadOptions
}

/** What the worker sends: first the summary or a problem, and then an answer to each request for a batch. */
export type WorkerAnswer =
  | {summary: FileSummary}
  | {problem: {code: ProblemCode; detail: string}}
  | {items: Batches[BatchList][]}

export interface OpenFile {
  summary: FileSummary
  /** Yields the list in batches. One list is read at a time. */
  batches<List extends BatchList>(list: List): AsyncGenerator<Batches[List][]>
  close(): Promise<void>
}

// A file of 32 MiB that consists of small objects needs more memory than this, and is refused.
const maxHeapMb = 768

const maxReadMs = 20_000 // a board with 20,000 cards needs about a second

/** The bytes are not usable after the call. Throws Problem 'invalid-file'. */
export async function openFile(work: FileWork): Promise<OpenFile> {
  const file = join(import.meta.dirname, 'read-worker.js')
  // Node 20 cannot start a worker from a TypeScript file, so a server that runs from src/ reads the file on its main
  // thread.
  return existsSync(file) ? openInWorker(file, work) : openHere(work)
}

function openHere({bytes, options}: FileWork): OpenFile {
  const file = new ImportedFile(bytes, options)
  return {
    summary: file.summary(),
    batches: list => inBatches(async from => file.batch(list, from)),
    close: async () => {},
  }
}

async function openInWorker(path: string, work: FileWork): Promise<OpenFile> {
  const worker = new Worker(path, {
    workerData: work,
    transferList: [work.bytes.buffer],
    resourceLimits: {maxOldGenerationSizeMb: maxHeapMb},
  })
  let isTooSlow = false
  const timer = setTimeout(() => {
    isTooSlow = true
    void worker.terminate()
  }, maxReadMs)
  const failed = new Promise<never>((_, reject) => {
    worker.on('error', reject)
    // The last message can arrive in the same turn as the exit, and must be received first.
    worker.once('exit', () =>
      setImmediate(() =>
        reject(isTooSlow ? invalidFile('reading it takes too long') : new Error('The worker has ended')),
      ),
    )
  })
  failed.catch(() => {}) // an error between two answers is thrown by the next answer
  const answer = async (): Promise<WorkerAnswer> => {
    try {
      const [message] = await Promise.race([failed, once(worker, 'message')])
      return message
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error
      throw invalidFile('it needs too much memory')
    }
  }
  const close = async () => {
    clearTimeout(timer)
    await worker.terminate()
  }
  try {
    const first = await answer()
    clearTimeout(timer)
    if ('problem' in first) throw new Problem(first.problem.code, first.problem.detail)
    if (!('summary' in first)) throw new Error('The worker has sent no summary')
    return {
      summary: first.summary,
      batches: list =>
        inBatches(async from => {
          worker.postMessage({list, from})
          return ((await answer()) as {items: Batches[typeof list][]}).items
        }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function* inBatches<Item>(read: (from: number) => Promise<Item[]>): AsyncGenerator<Item[]> {
  for (let from = 0; ; ) {
    const items = await read(from)
    if (items.length === 0) return
    yield items
    from += items.length
  }
}
