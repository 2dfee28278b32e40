import test from 'ava'
import type {ApiClient} from '../../../src/client/api-client.ts'
import {type ImportReport, Problem} from '../../../src/client/client.ts'
import {createImport} from '../../../src/page/plan/import-run.ts'

const none = {sprints: 0, labels: 0, stories: 0, tasks: 0, checklist_items: 0, comments: 0}
const report = (preview: boolean): ImportReport => ({
  format: 'csv',
  preview,
  created: {...none, tasks: 2},
  updated: none,
  unchanged: none,
  statuses: [],
  not_kept: [],
})
const file = (text: string) => new File([text], 'tasks.csv')

interface Sent {
  query: {preview: boolean; format?: string}
  file: {type: string; content: File}
  signal?: AbortSignal
}

/** `answer` may reject, or wait for ever. */
function importWith(answer: (sent: Sent) => Promise<ImportReport>, now?: () => number) {
  const sent: Sent[] = []
  const api = {
    call: (_: string, request: Sent) => {
      sent.push(request)
      return answer(request)
    },
  } as unknown as Pick<ApiClient, 'call'>
  return {run: createImport(api, 'project', 0, now), sent}
}

test('a file is previewed and then imported, with the same choices', async t => {
  const {run, sent} = importWith(async ({query}) => report(query.preview))
  const csv = file('title\nWeld\n')
  await run.preview(csv, {format: 'csv'})
  t.like(run.state.get(), {step: 'preview', report: {preview: true}})
  await run.start()
  t.like(run.state.get(), {step: 'done', report: {preview: false}})
  t.deepEqual(
    sent.map(({query}) => query),
    [
      {format: 'csv', preview: true},
      {format: 'csv', preview: false},
    ],
  )
  t.true(sent.every(({file: {type, content}}) => type === 'text/csv' && content === csv))
})

test('an empty file is not sent', async t => {
  const {run, sent} = importWith(async () => report(true))
  await run.preview(file(''), {})
  t.like(run.state.get(), {step: 'refused', error: 'This file is empty.', isFinal: true})
  await run.start()
  t.is(sent.length, 0)
})

test('a refused file can be read in another format', async t => {
  const {run} = importWith(async ({query}) => {
    if (!query.format) throw new Problem('invalid-file', 'The file cannot be imported.', {status: 400})
    return report(true)
  })
  await run.preview(file('x'), {})
  t.like(run.state.get(), {step: 'refused', error: 'The file cannot be imported.', isFinal: false})
  await run.preview(file('x'), {format: 'jira'})
  t.is(run.state.get().step, 'preview')
})

test('a cancelled preview changes nothing later', async t => {
  let release = () => {}
  const {run, sent} = importWith(async () => {
    await new Promise<void>(resolve => {
      release = resolve
    })
    return report(true)
  })
  const preview = run.preview(file('title\nWeld\n'), {})
  while (sent.length === 0) await new Promise(resolve => setImmediate(resolve))
  run.reset()
  t.true(sent[0]!.signal!.aborted)
  release()
  await preview
  t.is(run.state.get().step, 'choosing')
})

test('an import continues when its dialog is closed, shows a note when it ends, and can be repeated', async t => {
  const ends: (string | boolean)[][] = []
  let isLost = true
  const {run} = importWith(async ({query}) => {
    if (!query.preview && isLost) throw new TypeError('fetch failed')
    return report(query.preview)
  })
  await run.preview(file('title\nWeld\n'), {})
  run.showEnd = ({title}, isFailure) => ends.push([title, isFailure])
  const started = run.start()
  run.reset()
  t.is(run.state.get().step, 'importing')
  await started
  t.is(run.state.get().step, 'failed')
  isLost = false
  await run.start()
  t.is(run.state.get().step, 'done')
  t.deepEqual(ends, [
    ['Could not import tasks.csv', true],
    ['Imported tasks.csv', false],
  ])
})

test('while the server is busy with another import, the preview waits for it', async t => {
  const {run, sent} = importWith(async () => {
    if (sent.length < 3) throw new Problem('overloaded', 'Another import is running.', {status: 503})
    return report(true)
  })
  await run.preview(file('title\nWeld\n'), {})
  t.is(run.state.get().step, 'preview')
  t.is(sent.length, 3)
})

test('a preview gives up when the server stays busy for 30 s, and does not send the file again and again', async t => {
  let time = 0
  const refusal = async () => {
    time += 20_000
    throw new Problem('overloaded', 'Another import is running.', {status: 503})
  }
  const {run, sent} = importWith(refusal, () => time)
  await run.preview(file('title\nWeld\n'), {})
  t.like(run.state.get(), {step: 'refused', error: 'Another import is running.', isFinal: false})
  t.is(sent.length, 2)
})

test('a file that was changed after its preview is not sent, and must be chosen again', async t => {
  const {run, sent} = importWith(async ({query}) => report(query.preview))
  const csv = file('title\nWeld\n')
  await run.preview(csv, {})
  // Browsers refuse to read a file that has changed on the disk.
  csv.slice = () => {
    throw new DOMException('The file was modified.', 'NotReadableError')
  }
  const ends: string[] = []
  run.showEnd = ({detail}) => ends.push(detail)
  await run.start()
  const error = 'The file has changed. Choose it again.'
  t.like(run.state.get(), {step: 'refused', error, isFinal: true})
  t.deepEqual(ends, [error])
  t.is(sent.length, 1)
})
