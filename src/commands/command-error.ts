/** The error of a command that failed. The message tells the operator the reason. The exit code is 1. */
export class CommandError extends Error {
  readonly code = 'command-failed'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
  }
}
