import test from 'ava'
import type {Sprint} from '../../src/board/sprint.ts'
import {digestOf} from '../../src/store/board-digest.ts'
import {compareDigests} from './run/board-digests.ts'

const created: Sprint = {
  id: 'sprint',
  project_id: 'project',
  name: 'Sprint 1',
  goal: '',
  starts_on: null,
  ends_on: null,
  status: 'planned',
  started_at: null,
  closed_at: null,
  version: 1,
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
}
const updated = {...created, name: 'Sprint 2', version: 2}
const log = [
  {seq: 1, event: {type: 'project.created', project_id: 'project'}},
  {seq: 2, event: {type: 'sprint.created', sprint_id: 'sprint', sprint: created}},
  {seq: 3, event: {type: 'sprint.updated', sprint_id: 'sprint', sprint: updated}},
]
const checkpointOf = (seq: number, sprint: Sprint) => ({
  sprintId: 'sprint',
  seq,
  digest: digestOf({sprint, stories: []}),
})

test('checkpoints whose digests equal the boards of the log are right, and equal positions are one board', t => {
  const checkpoints = [checkpointOf(2, created), checkpointOf(3, updated), checkpointOf(3, updated)]
  t.deepEqual(compareDigests(log, checkpoints), {wrong: [], boards: 2})
})

test('a checkpoint with the digest of an earlier board is wrong, and so is a checkpoint at an unknown position', t => {
  const [early, unknown] = [checkpointOf(3, created), checkpointOf(9, updated)]
  t.deepEqual(compareDigests(log, [checkpointOf(2, created), early, unknown]).wrong, [early, unknown])
})

test('a checkpoint before the sprint exists is wrong', t => {
  const before = checkpointOf(1, created)
  t.deepEqual(compareDigests(log, [before]).wrong, [before])
})
