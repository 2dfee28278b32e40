/** Why a command could not do what it was asked for, in a sentence for who gave it; the exit code is 1. */
export class CommandError extends Error {
  readonly code = 'command-failed'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
  }
}
