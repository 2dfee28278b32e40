/** Remembers what the batches of a preview would store. A preview writes nothing, so the database does not know it. */
import type {Story} from '../board/story.ts'

export class Preview {
  readonly #ids = new Map<string, string>()
  readonly #created = new Map<string, Partial<Story>>()
  readonly #totals = new Map<string, number>()
  readonly #ofBatch = new Map<string, number>()

  /** The thing of the file would belong to the row with this id. */
  link(kind: string, source: string, id: string): void {
    this.#ids.set(`${kind} ${source}`, id)
  }

  /** The import would create this row. */
  create(row: {id: string} & Partial<Story>): void {
    this.#created.set(row.id, row)
  }

  idOf(kind: string, source: string): string | undefined {
    return this.#ids.get(`${kind} ${source}`)
  }

  /** Returns the row that the import would create, or undefined. */
  createdRow(id: string): Partial<Story> | undefined {
    return this.#created.get(id)
  }

  /** Begins a batch. When the transaction of the batch is tried again, this forgets what the failed attempt has counted. */
  beginBatch(): void {
    this.#ofBatch.clear()
  }

  endBatch(): void {
    for (const [key, added] of this.#ofBatch) this.#totals.set(key, (this.#totals.get(key) ?? 0) + added)
  }

  /** Returns how much all batches so far would add to what a quota limits. `key` names it. */
  total(key: string, added: number): number {
    const ofBatch = (this.#ofBatch.get(key) ?? 0) + added
    this.#ofBatch.set(key, ofBatch)
    return (this.#totals.get(key) ?? 0) + ofBatch
  }
}
