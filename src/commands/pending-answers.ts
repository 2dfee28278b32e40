/** Questions to another process that have no answer yet. */

interface Waiting<Answer> {
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
}

export class PendingAnswers<Answer> {
  readonly #waiting = new Map<number, Waiting<Answer>>()
  #lastId = 0

  /** Calls `send` with a new id. Resolves with the answer that has this id. */
  ask(send: (id: number) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#waiting.set(id, {resolve, reject})
      send(id)
    })
  }

  /** Does nothing when the id is unknown. */
  resolve(id: number, answer: Answer): void {
    this.#waiting.get(id)?.resolve(answer)
    this.#waiting.delete(id)
  }

  rejectAll(error: Error): void {
    for (const {reject} of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
