/**
 * The channels of one feed, indexed by topic, id and recipient. The cost of an event is therefore proportional to
 * the number of channels that want the event.
 */
import {type Topic, topicsOf} from '../board/events.ts'
import {comparedFilters, idFilters} from '../board/selection.ts'
import type {Channel} from './channel.ts'
import {bytesOf, type Frame} from './frames.ts'
import {Multimap} from './multimap.ts'
import type {Matchable, Selection} from './selection.ts'

/** The bytes of the events that a channel delivers together. */
export interface ChannelPayload {
  bytes: string
  events: number
}

export class Channels {
  readonly #byKey = new Map<string, Channel>()
  readonly #byTopic = new Map<Topic, TopicIndex>()
  /** The channels that select the topic `user`. The key is the id of the member. */
  readonly #byRecipient = new Multimap<Channel>()

  get(key: string): Channel | undefined {
    return this.#byKey.get(key)
  }

  add(channel: Channel): void {
    const {selection} = channel
    this.#byKey.set(channel.key, channel)
    for (const topic of selection.topics) {
      if (topic === 'user') this.#byRecipient.add(selection.user_id, channel)
      else this.#indexOf(topic).add(channel)
    }
  }

  delete(channel: Channel): void {
    const {selection} = channel
    this.#byKey.delete(channel.key)
    for (const topic of selection.topics) {
      if (topic === 'user') this.#byRecipient.delete(selection.user_id, channel)
      else this.#indexOf(topic).delete(channel)
    }
  }

  [Symbol.iterator](): Iterator<Channel> {
    return this.#byKey.values()
  }

  /**
   * Returns a payload for each channel that wants at least one of the frames. Channels without live subscribers
   * are omitted.
   */
  payloadsOf(frames: readonly Frame[]): Map<Channel, ChannelPayload> {
    const payloads = new Map<Channel, ChannelPayload>()
    for (const frame of frames) {
      for (const channel of this.candidatesFor(frame)) {
        if (!channel.hasLiveSubscribers || !channel.wants(frame)) continue
        const payload = payloads.get(channel)
        if (!payload) payloads.set(channel, {bytes: bytesOf(frame, channel.framing), events: 1})
        else {
          payload.bytes += bytesOf(frame, channel.framing)
          payload.events++
        }
      }
    }
    return payloads
  }

  /** Returns all channels that want the event, and possibly a few other channels. */
  candidatesFor(event: Matchable): ReadonlySet<Channel> {
    const candidates = new Set<Channel>()
    for (const topic of topicsOf(event.type)) this.#byTopic.get(topic)?.collect(event, candidates)
    for (const member of event.recipients ?? []) this.#byRecipient.collect(member, candidates)
    return candidates
  }

  #indexOf(topic: Topic): TopicIndex {
    const known = this.#byTopic.get(topic)
    if (known) return known
    const index = new TopicIndex()
    this.#byTopic.set(topic, index)
    return index
  }
}

/** The channels whose selections contain a certain topic. */
class TopicIndex {
  readonly #unfiltered = new Set<Channel>()
  /**
   * All channels with an id filter. An event without a project, or of a type that is not compared with all id filters, can match
   * each of them.
   */
  readonly #filtered = new Set<Channel>()
  /**
   * The channels of `#filtered`. The keys of a channel are the ids in its narrowest id filter. One map contains the ids
   * of all types of resources, because no two resources have the same id.
   */
  readonly #byId = new Multimap<Channel>()

  add(channel: Channel): void {
    const ids = narrowestFilter(channel.selection)
    if (!ids) this.#unfiltered.add(channel)
    else this.#filtered.add(channel)
    for (const id of ids ?? []) this.#byId.add(id, channel)
  }

  delete(channel: Channel): void {
    this.#unfiltered.delete(channel)
    this.#filtered.delete(channel)
    for (const id of narrowestFilter(channel.selection) ?? []) this.#byId.delete(id, channel)
  }

  /** Adds to `candidates` all channels that may want the event. */
  collect(event: Matchable, candidates: Set<Channel>): void {
    for (const channel of this.#unfiltered) candidates.add(channel)
    const isComparedWithAll = comparedFilters(event.type) === idFilters.length
    if (event.project_id === null || !isComparedWithAll) {
      for (const channel of this.#filtered) candidates.add(channel)
      return
    }
    this.#byId.collect(event.project_id, candidates)
    this.#byId.collect(event.sprint_id, candidates)
    this.#byId.collect(event.left_sprint_id, candidates)
    this.#byId.collect(event.story_id, candidates)
    this.#byId.collect(event.left_story_id, candidates)
    this.#byId.collect(event.task_id, candidates)
  }
}

function narrowestFilter({
  task_id,
  story_id,
  sprint_id,
  project_id,
}: Selection): readonly string[] | undefined {
  return task_id ?? story_id ?? sprint_id ?? project_id
}
