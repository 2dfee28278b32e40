/** The types of comparisons between a board of `keepBoard` and the board of the server. */
import type {Divergence, StreamEvent} from './contract.ts'

/** The last comparison in which the client's board had the same digest as the server's board. */
export interface Verification {
  /** The time of the checkpoint. */
  at: Date
}

export interface VerificationCallbacks {
  /** Called when the board had the same digest as the server's board. */
  onVerified?: ((verification: Verification) => void) | undefined
  /**
   * Called when the board had another digest than the server's board. The client fetches the board again, and reports
   * the divergence to the server.
   */
  onDivergence?: ((divergence: Divergence) => void) | undefined
}

export type Checkpoint = Extract<StreamEvent, {type: 'stream.checkpoint'}>

/** What a stream passes on with a checkpoint. All events up to the cursor of the checkpoint have been delivered. */
export type CheckpointArguments = [
  checkpoint: Checkpoint,
  /** Loads the board again. Returns a falsy value when the stream is paused or closed, so that nothing is loaded. */
  reload: () => unknown,
  /** Calls a callback in the options, unless the stream has been closed. */
  notify: <Name extends keyof VerificationCallbacks>(
    name: Name,
    ...args: Parameters<NonNullable<VerificationCallbacks[Name]>>
  ) => void,
]
