/** Events one burst after another, as fast as all readers get them. */
import {connect, type Socket} from 'node:net'
import type {Trigger} from '../servers/run-server.ts'
import {napBetweenReads} from './naps.ts'
import type {Readers} from './readers.ts'

export interface BurstRequest {
  trigger: Trigger
  /** Events of one burst, which the server is given in one turn of its event loop. */
  events: number
  /** For which bursts are started; the last are awaited. */
  milliseconds: number
}

export interface BurstsDelivered {
  /** Events read, by all readers together. */
  deliveries: number
  milliseconds: number
}

// Bursts that may be on their way: the server never waits for the last reader of one, the load reads several at
// once when it is the slower, and no queue grows.
const burstsUnderWay = 4

export async function runBursts(readers: Readers, request: BurstRequest): Promise<BurstsDelivered> {
  const control = await connectTo(request.trigger.port)
  const stopNapping = napBetweenReads()
  try {
    return await new Promise(resolve => deliver(readers, request, control, resolve))
  } finally {
    stopNapping()
    readers.onBytes = () => {}
    control.destroy()
  }
}

function deliver(
  readers: Readers,
  {trigger, events, milliseconds}: BurstRequest,
  control: Socket,
  onDelivered: (delivered: BurstsDelivered) => void,
): void {
  const burst = trigger.request?.repeat(events) ?? String.fromCharCode(events)
  const witness = new Witness(events)
  const startedAt = performance.now()
  let started = 0
  let delivered = 0
  let received = 0 // bytes

  readers.onBytes = (reader, length, buffer) => {
    received += length
    if (reader === 0) witness.read(length, buffer)
    // All readers get the same bytes, so the witness' count tells what all must have.
    while (received >= witness.burstEnd(delivered) * readers.count) onBurst()
  }
  for (let count = 0; count < burstsUnderWay; count++) start()

  function start() {
    started++
    control.write(burst, 'latin1')
  }

  function onBurst() {
    delivered++
    const elapsed = performance.now() - startedAt
    if (elapsed < milliseconds) start()
    else if (delivered === started) {
      onDelivered({deliveries: delivered * events * readers.count, milliseconds: elapsed})
    }
  }
}

/** The one reader that looks at its bytes: it learns how many a burst has. */
class Witness {
  readonly #events: number
  readonly #ends: number[] = []
  #bytes = 0
  #blocks = 0
  #last = 0

  constructor(events: number) {
    this.#events = events
  }

  /** How many bytes a reader has got when it has the burst of this index; Infinity while it is not known. */
  burstEnd(index: number): number {
    return this.#ends[index] ?? Number.POSITIVE_INFINITY
  }

  read(length: number, buffer: Buffer): void {
    for (let index = 0; index < length; index++) {
      const byte = buffer[index]!
      const isEnd = byte === newline && this.#last === newline
      this.#last = isEnd ? 0 : byte
      if (isEnd && ++this.#blocks % this.#events === 0) this.#ends.push(this.#bytes + index + 1)
    }
    this.#bytes += length
  }
}

const newline = 10

async function connectTo(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay().resume()
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}
