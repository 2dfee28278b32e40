import test from 'ava'
import {FileTurns} from '../../src/http/file-turns.ts'

test('an organization imports one file at a time, and does not delay another organization', async t => {
  const turns = new FileTurns(1_000)
  const ending = new Map<string, () => void>()
  const start = (organization: string) =>
    turns.run(organization, 1, () => new Promise<void>(resolve => ending.set(organization, resolve)))
  const first = start('a')
  await t.throwsAsync(start('a'), {code: 'overloaded', message: /Another import of your organization/})
  const second = start('b')
  t.deepEqual([...ending.keys()], ['a', 'b'])
  ending.get('a')!()
  await first
  const again = start('a')
  ending.get('a')!()
  ending.get('b')!()
  await Promise.all([again, second])
  await t.throwsAsync(
    turns.run('c', 1_001, async () => {}),
    {code: 'overloaded'},
  )
})
