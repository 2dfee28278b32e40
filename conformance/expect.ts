/** The ways in which a case ends early. */

/** The server does not meet the requirement. The message says what happened. */
class Failure extends Error {
  override name = 'Failure'
}

/** The server cannot be checked. The message says why. */
export class NotApplicable extends Error {
  override name = 'NotApplicable'
}

export function expect(condition: unknown, failure: string | (() => string)): asserts condition {
  if (!condition) throw new Failure(typeof failure === 'string' ? failure : failure())
}
