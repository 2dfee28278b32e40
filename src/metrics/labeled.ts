/** Counts and durations that are kept separately for each combination of label values. */
import {type DurationCounts, Durations} from './durations.ts'

export type Labels = Readonly<Record<string, string>>

/**
 * A value for each combination of label values. The number of combinations must be bounded: a label is never the id or
 * the text of a client.
 */
class Labeled<Name extends string, Value> {
  readonly #names: readonly Name[]
  readonly #byKey = new Map<string, {labels: Record<Name, string>; value: Value}>()

  constructor(names: readonly Name[]) {
    this.#names = names
  }

  protected entryOf(values: readonly string[], create: () => Value) {
    const key = values.join('\n')
    let entry = this.#byKey.get(key)
    if (!entry) {
      const labels = Object.fromEntries(this.#names.map((name, index) => [name, values[index]!]))
      entry = {labels: labels as Record<Name, string>, value: create()}
      this.#byKey.set(key, entry)
    }
    return entry
  }

  protected get entries() {
    return [...this.#byKey.values()]
  }
}

export class LabeledCounts<Name extends string = string> extends Labeled<Name, number> {
  /** Adds `amount` to the count of the label values, in the order of the names. Default: 1. */
  add(values: readonly string[], amount = 1): void {
    this.entryOf(values, () => 0).value += amount
  }

  read(): {labels: Record<Name, string>; value: number}[] {
    return this.entries.map(({labels, value}) => ({labels, value}))
  }
}

export class LabeledDurations<Name extends string = string> extends Labeled<Name, Durations> {
  readonly #bounds: readonly number[]

  constructor(names: readonly Name[], boundsSeconds: readonly number[]) {
    super(names)
    this.#bounds = boundsSeconds
  }

  add(values: readonly string[], seconds: number): void {
    this.entryOf(values, () => new Durations(this.#bounds)).value.add(seconds)
  }

  read(): {labels: Record<Name, string>; durations: DurationCounts}[] {
    return this.entries.map(({labels, value}) => ({labels, durations: value.read()}))
  }
}
