/** Publishes bursts of events, and starts another burst whenever all readers have received a burst. */
import {connect, type Socket} from 'node:net'
import type {Trigger} from '../servers/run-server.ts'
import {napBetweenReads} from './naps.ts'
import type {Readers} from './readers.ts'

export interface BurstRequest {
  trigger: Trigger
  /** Events per burst. The server publishes a burst in one turn of its event loop. */
  events: number
  /** New bursts are started for this number of milliseconds. The result includes all bursts that were started. */
  milliseconds: number
}

export interface BurstsDelivered {
  /** The number of events that all readers together have received. */
  deliveries: number
  milliseconds: number
}

// A burst is unfinished until all readers have read the burst. `burstsUnderWay` is the number of bursts that are
// unfinished at the same time. `burstsUnderWay` is greater than 1, so that the server does not wait for the slowest
// reader. `burstsUnderWay` is fixed, so that no queue grows.
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
    // All readers receive the same bytes. The witness parses the bytes of the first reader, and knows how many bytes
    // this reader receives until the end of a burst. This number times the number of readers is the number of bytes
    // that all readers together must receive.
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

/** Parses the bytes of one reader to find out how many bytes each burst has. */
class Witness {
  readonly #events: number
  readonly #ends: number[] = []
  #bytes = 0
  #blocks = 0
  #last = 0

  constructor(events: number) {
    this.#events = events
  }

  /**
   * Returns how many bytes a reader has received when the burst with this index ends. Returns Infinity while the
   * witness has not read the whole burst.
   */
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
