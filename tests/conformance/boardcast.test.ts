/** Runs the whole conformance suite against Boardcast, as a process of its own. */
import test from 'ava'
import boardcast from '../../conformance/adapters/boardcast.ts'
import {cases} from '../../conformance/cases.ts'
import {runCases} from '../../conformance/run.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {createDatabase, hasPostgres} from '../helpers/postgres.ts'
import {program} from '../helpers/process.ts'

/** The cases that are not applicable to Boardcast, with the reason. */
const notApplicable = {
  'framing.nul': 'Boardcast accepts no NUL, because Postgres cannot store NUL.',
  'framing.empty': 'The text of an activity has at least one character.',
  'heads.finished': 'No stream of Boardcast finishes.',
  'resume.gap-forgotten': 'Boardcast deletes events only after a day or more.',
  'connections.freed': 'Boardcast does not report the number of its open streams.',
}

test('Boardcast passes every case of the conformance suite that is applicable', async t => {
  t.timeout(180_000)
  const options = hasPostgres ? {databaseUrl: await createDatabase()} : {dataDir: await createDataFolder(t)}
  const target = await boardcast.start({options: {main: program, ...options}})
  t.teardown(() => target.stop())
  const results = await runCases(target, {cases, burstBytes: 6_000_000})
  const failed = results.filter(({outcome}) => outcome === 'failed')
  t.deepEqual(
    failed.map(({id, message}) => `${id}: ${message}`),
    [],
  )
  const missing = results.filter(({outcome}) => outcome === 'not-applicable')
  t.deepEqual(missing.map(({id}) => id).sort(), Object.keys(notApplicable).sort())
})
