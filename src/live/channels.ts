/** The channels of one feed, and which of them want an event. */
import type {Channel} from './channel.ts'
import {bytesOf, type Frame} from './frames.ts'

export class Channels {
  readonly #byKey = new Map<string, Channel>()

  get(key: string): Channel | undefined {
    return this.#byKey.get(key)
  }

  add(channel: Channel): void {
    this.#byKey.set(channel.key, channel)
  }

  delete(channel: Channel): void {
    this.#byKey.delete(channel.key)
  }

  [Symbol.iterator](): Iterator<Channel> {
    return this.#byKey.values()
  }

  /** The payload of each channel with live subscribers that wants at least one of the frames. */
  payloadsOf(frames: readonly Frame[]): Map<Channel, string> {
    const payloads = new Map<Channel, string>()
    for (const frame of frames) {
      for (const channel of this.#byKey.values()) {
        if (!channel.hasLiveSubscribers || !channel.wants(frame)) continue
        payloads.set(channel, (payloads.get(channel) ?? '') + bytesOf(frame, channel.framing))
      }
    }
    return payloads
  }
}
