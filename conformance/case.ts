/** The form of a case. */
import type {Context} from './context.ts'

/** `must` and `should` have the meaning of RFC 2119. A failed `may` is only listed. */
export type Level = 'must' | 'should' | 'may'

export const groups = [
  'framing',
  'heads',
  'methods',
  'resume',
  'order',
  'fan-out',
  'expiry',
  'drain',
  'slow-readers',
  'heartbeats',
  'proxies',
  'connections',
] as const
export type Group = (typeof groups)[number]

/** The capabilities that a case can need. */
export type Need =
  | 'resume'
  | 'resume.isGap'
  | 'resume.futureId'
  | 'resume.forget'
  | 'resume.parameter'
  | 'resume.isDurable'
  | 'heartbeatSeconds'
  | 'origins'
  | 'unauthorized'
  | 'finished'
  | 'expire'
  | 'process'
  | 'memoryBytes'
  | 'openStreams'

export interface Case {
  /** The group, a dot and a name: `framing.utf-8`. */
  id: `${Group}.${string}`
  level: Level
  /** One sentence. */
  requirement: string
  /** The section of a standard, or `practice` with the reason. */
  source: string
  needs?: readonly Need[]
  /** Milliseconds after which the case fails. Default: four times the patience of the run, at least 20 000. */
  timeLimitMs?: number
  /** Throws `Failure` when the server does not meet the requirement. */
  run(context: Context): Promise<void>
}

export function groupOf({id}: {id: string}): Group {
  return id.slice(0, id.indexOf('.')) as Group
}

export const html = (section: string) => `WHATWG HTML section ${section}`
export const rfc = (number: number, section: string) => `RFC ${number} section ${section}`
export const practice = (reason: string) => `practice: ${reason}`
