/** Remembers which transport works on the path to a server. All tabs with the same origin use the same memory. */
import type {Api} from './api.ts'
import {verdictMs} from './limits.ts'

/** The place of the verdict about one server. `remember-verdict.ts` describes the text in `all[key]`. */
export interface VerdictPlace {
  all: Record<string, string>
  key: string
}

let all: Record<string, string> = {}

/** Outside of a page, or when the page may not use its storage, verdicts last as long as the program runs. */
export function verdictPlaceOf(api: Api): VerdictPlace {
  try {
    all = (document && localStorage) || all
  } catch {}
  return {all, key: api.address(' transport')}
}

/** Returns the name of the transport, or a falsy value when there is no valid verdict. */
export function recall({all, key}: VerdictPlace, now = Date.now()): unknown {
  const [name, until] = (all[key] ?? '').split(' ')
  return +until! > now && +until! <= now + verdictMs && name
}
