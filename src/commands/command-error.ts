/**
 * The error of a command that failed. The message explains to the operator why the command failed. After this error,
 * the process exits with code 1.
 */
export class CommandError extends Error {
  readonly code = 'command-failed'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
  }
}
