/** Reads a file in a worker thread, so that a large file does not block the event loop of the server. */
import {parentPort, workerData} from 'node:worker_threads'
import {Problem} from '../board/problem.ts'
import {type BatchList, ImportedFile} from './imported-file.ts'
import type {FileWork, WorkerAnswer} from './open-file.ts'

const port = parentPort!
const answer = (message: WorkerAnswer) => port.postMessage(message)

try {
  const {bytes, options} = workerData as FileWork
  const file = new ImportedFile(bytes, options)
  port.on('message', ({list, from}: {list: BatchList; from: number}) =>
    answer({items: file.batch(list, from)}),
  )
  answer({summary: file.summary()})
} catch (error) {
  if (!(error instanceof Problem)) throw error
  answer({problem: {code: error.code, detail: error.message}})
}
