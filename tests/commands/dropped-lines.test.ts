import {execFileSync} from 'node:child_process'
import {constants, mkdtempSync, rmSync} from 'node:fs'
import {open} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test from 'ava'
import {pino} from 'pino'
import {reportDroppedLines} from '../../src/commands/dropped-lines.ts'
import {until} from '../helpers/until.ts'

test('when the program that reads the log is too slow, lines are dropped, and the number of dropped lines is logged', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'boardcast-log-'))
  t.teardown(() => rmSync(folder, {recursive: true}))
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const {fd, close} = await openPipe(pipe)
  t.teardown(close)
  const output = pino.destination({fd, sync: false, maxLength: 100_000})
  const log = pino(output)
  reportDroppedLines(output, log)

  const written = 4_000
  for (let line = 0; line < written; line++) log.info({line, text: 'x'.repeat(100)}, 'line')
  const reader = await openPipe(pipe)
  t.teardown(reader.close)
  let text = ''
  const lines = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line))
  await until(async () => {
    text += await reader.readAvailable()
    return text.includes('log lines were dropped')
  })
  const report = lines().find(({msg}) => msg.startsWith('log lines were dropped'))
  t.is(report.level, 40)
  t.true(report.lines > 0)
  t.is(lines().filter(({msg}) => msg === 'line').length + report.lines, written)
})

/** Opens a pipe that never blocks: a full pipe accepts no bytes, and an empty pipe returns no bytes. */
async function openPipe(path: string) {
  const file = await open(path, constants.O_RDWR | constants.O_NONBLOCK)
  const buffer = Buffer.alloc(64 * 1024)
  return {
    fd: file.fd,
    close: () => file.close(),
    async readAvailable() {
      try {
        return buffer.toString('utf8', 0, (await file.read(buffer)).bytesRead)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return ''
        throw error
      }
    },
  }
}
