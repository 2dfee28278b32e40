import type {Compilable, Transaction} from 'kysely'
import {type Quotas, quotaExceeded} from '../board/quotas.ts'
import {lockStream, requireRowQuotas} from '../store/quotas.ts'
import type {Tables} from '../store/tables.ts'
import type {Outcome} from './change.ts'
import {bytesOf} from './text-bytes.ts'

/**
 * Returns the statements that count the new rows of the change. Send the statements after the writes of the change. The
 * statements fail when a quota is exceeded. Without `quotas`, returns no statements. Throws Problem 'quota-exceeded'
 * when the change sets a description that is too long.
 */
export function countForQuotas(
  trx: Transaction<Tables>,
  organizationId: string,
  {counted = [], description}: Outcome<unknown>,
  quotas: Quotas | undefined,
): Compilable[] {
  if (quotas && description !== undefined) requireDescriptionQuota(description, quotas)
  if (!quotas || counted.length === 0) return []
  return [lockStream(trx, organizationId), requireRowQuotas(trx, organizationId, counted, quotas)]
}

function requireDescriptionQuota(description: string, {MAX_DESCRIPTION_BYTES: limit}: Quotas): void {
  const used = bytesOf(description)
  if (used > limit) throw quotaExceeded({setting: 'MAX_DESCRIPTION_BYTES', limit, used})
}
