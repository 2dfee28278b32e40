import {once} from 'node:events'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test from 'ava'
import {pino} from 'pino'
import {writeLastLines} from '../../src/commands/last-lines.ts'

test('when a line is logged while an earlier line is being written, both lines are written before the process exits', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'boardcast-log-'))
  t.teardown(() => rmSync(folder, {recursive: true}))
  const dest = join(folder, 'log')
  const output = pino.destination({dest, sync: false, minLength: 2048})
  await once(output, 'ready')
  output.write(`${'x'.repeat(3000)}\n`) // this line is longer than `minLength`, so its write starts immediately
  output.write('stopped\n')
  await new Promise<void>(resolve => writeLastLines(output, resolve))
  t.true(readFileSync(dest, 'utf8').endsWith('stopped\n'))
  output.destroy()
})
