/** Searches for credentials in everything that the server prints or sends. */

/** Where a credential was found. */
export interface Leak {
  credential: string
  /** For example, `the response to GET /api/v1/me`. */
  place: string
}

const minSearchedLength = 16 // a response could contain a shorter text by chance

export class Transcript {
  readonly leaks: Leak[] = []
  #searchedBytes = 0
  /** The key is a text to search for. The value is the name of the credential that contains the text. */
  readonly #secrets = new Map<string, string>()

  get credentials(): number {
    return new Set(this.#secrets.values()).size
  }

  get searchedBytes(): number {
    return this.#searchedBytes
  }

  /** Adds a credential. The name must not contain the credential. */
  addCredential(name: string, credential: string): void {
    for (const text of searchedPartsOf(credential)) this.#secrets.set(text, name)
  }

  /** Searches the text for all credentials that are not in `expected`. */
  search(place: string, text: string, expected: readonly string[] = []): void {
    this.#searchedBytes += text.length
    for (const [secret, credential] of this.#secrets) {
      if (!text.includes(secret) || expected.some(other => other.includes(secret))) continue
      this.leaks.push({credential, place})
    }
  }
}

/**
 * Returns the texts to search for. The parts of a token are separate texts, because even one part must not be leaked.
 * The header of a token is no secret, because all tokens have the same header.
 */
function searchedPartsOf(credential: string): string[] {
  const [, ...segments] = credential.split('.')
  const parts = segments.length === 2 ? segments : [credential]
  return parts.filter(part => part.length >= minSearchedLength)
}
