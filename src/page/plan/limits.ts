/** The limits of the columns in the form of a project. */
import type {Project} from '../../client/client.ts'
import {statuses} from '../parts/words.ts'

type Limits = Project['wip_limits']

/** Returns the texts of the fields, by their names. Empty: no limit. */
export function limitTexts(limits: Limits | undefined): Record<string, string> {
  return Object.fromEntries(statuses.map(status => [`limit_${status}`, String(limits?.[status] ?? '')]))
}

/**
 * The inverse function of `limitTexts`. Returns no limits when the form has no such fields, so that they stay as they
 * are. During an update of the server, a project can lack its limits.
 */
export function readLimits(fields: FormData): {wip_limits?: Limits} {
  const entered = statuses.flatMap(status => {
    const text = fields.get(`limit_${status}`)
    return text === null ? [] : [[status, String(text).trim()] as const]
  })
  if (entered.length === 0) return {}
  const limits = entered.filter(([, text]) => text !== '').map(([status, text]) => [status, Number(text)])
  return {wip_limits: Object.fromEntries(limits)}
}
