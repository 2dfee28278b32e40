/** Locks what a change of a rank needs: the project, the moved task or story, and all that get new ranks. */
import {sql, type Transaction} from 'kysely'
import {Problem} from '../board/problem.ts'
import {compareRanks, type Ranked} from '../board/rank.ts'
import {anyOf, requireFound, selectProjects} from '../store/resources.ts'
import {runBatch} from '../store/round-trips.ts'
import type {Tables} from '../store/tables.ts'
import {moveRanks, type Surroundings} from './move-ranks.ts'

/** A place in the order of a project: directly after or before a neighbour, or at one end when `neighbourId` is null. */
export interface Place {
  side: 'after' | 'before'
  neighbourId: string | null
}

type Kind = 'story' | 'task'
const tables = {story: 'stories', task: 'tasks'} as const

/**
 * Locks the project of the task or story, and returns the ranks that the move to the place changes, by id. Until the
 * transaction ends, no other transaction can change the order of the project. The rows of the tasks or stories are not
 * locked yet. Throws Problem 'task-not-found' or 'story-not-found'. Throws Problem 'task-of-another-project' or
 * 'story-of-another-project' when the neighbour is in another project.
 */
export async function lockPlace(
  trx: Transaction<Tables>,
  organizationId: string,
  kind: Kind,
  id: string,
  {side, neighbourId}: Place,
): Promise<ReadonlyMap<string, string>> {
  const rows = rowsOf(trx, organizationId, kind)
  const lock = selectProjects(trx, organizationId)
    .where('id', '=', rows.clearSelect().select('project_id').where('id', '=', id))
    .forUpdate()
  const both = rows.where('id', '=', anyOf([id, neighbourId ?? id]))
  const found = await runBatch(trx, [lock.compile()], both.compile())
  const moved = requireFound(
    kind,
    found.find(row => row.id === id),
  )
  if (neighbourId === id) return new Map()
  const neighbour = neighbourId
    ? requireFound(
        kind,
        found.find(row => row.id === neighbourId),
      )
    : undefined
  if (neighbour && neighbour.project_id !== moved.project_id) throw ofAnotherProject(kind, neighbour)
  for (let size = 16; ; size *= 4) {
    const around = await readSurroundings(trx, organizationId, kind, moved, side, neighbour, size)
    const ranks = moveRanks(moved, around)
    if (ranks) return ranks
  }
}

function rowsOf(trx: Transaction<Tables>, organizationId: string, kind: Kind) {
  return trx
    .selectFrom<'tasks' | 'stories'>(tables[kind])
    .select(['id', 'rank', 'project_id'])
    .where('organization_id', '=', organizationId)
}

function ofAnotherProject(kind: Kind, {project_id}: {project_id: string}): Problem {
  return new Problem(
    `${kind}-of-another-project`,
    `The ${kind} beside the new place belongs to another project. Choose a ${kind} of the same project.`,
    {project_id},
  )
}

/** Reads at most `size` tasks or stories on each side of the place. */
async function readSurroundings(
  trx: Transaction<Tables>,
  organizationId: string,
  kind: Kind,
  moved: Ranked & {project_id: string},
  side: Place['side'],
  neighbour: Ranked | undefined,
  size: number,
): Promise<Surroundings> {
  const rows = (comparison: '<' | '<=' | '>' | '>=') => {
    const direction = comparison.startsWith('<') ? sql`desc` : sql`asc`
    const bound = neighbour
      ? sql` and (rank, id) ${sql.raw(comparison)} (${neighbour.rank}, ${neighbour.id}::uuid)`
      : sql``
    return sql`(
      select id, rank, ${sql.lit(comparison.startsWith('>'))} as is_after from ${sql.table(tables[kind])}
      where organization_id = ${organizationId} and project_id = ${moved.project_id} and id <> ${moved.id}${bound}
      order by rank ${direction}, id ${direction} limit ${size}
    )`
  }
  // Without a neighbour, the place is at one end, so one of the two sides is empty.
  const parts = [
    ...(neighbour || side === 'before' ? [rows(side === 'after' ? '<=' : '<')] : []),
    ...(neighbour || side === 'after' ? [rows(side === 'after' ? '>' : '>=')] : []),
  ]
  const found = await sql<Ranked & {is_after: boolean}>`${sql.join(parts, sql` union all `)}`.execute(trx)
  const sorted = found.rows.sort(compareRanks)
  return {
    before: sorted.filter(({is_after}) => !is_after).reverse(),
    after: sorted.filter(({is_after}) => is_after),
    size,
  }
}
