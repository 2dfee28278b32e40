import test from 'ava'
import {pino} from 'pino'
import {DivergenceReports} from '../../src/http/divergence-reports.ts'
import {type Server, startServer} from '../helpers/server.ts'

let server: Server

test.before(async () => {
  server = await startServer({rateLimits: {changesPerUser: 20}})
})
test.after.always(() => server.close())

const digest = (character: string) => character.repeat(64)
const cursor = 'ya5l6jkrjdnne-44'
const warnings = () => server.log.filter(({level, sprint_id}) => level === 40 && sprint_id)

test('a viewer can report a wrong board, and the report is logged with the viewer', async t => {
  const {vic, sprint, organizationId} = await server.team('viewer')
  const report = {sprint_id: sprint.id, cursor, expected: digest('a'), actual: digest('b')}
  t.is((await vic.post('/divergences', report)).status, 204)
  const {user_id} = await vic.caller()
  const lines = warnings().filter(({organization_id}) => organization_id === organizationId)
  t.is(lines.length, 1)
  t.like(lines[0], {msg: 'a client has reported a wrong board', user_id, ...report})
})

test('a report about a sprint of another organization is refused and not logged', async t => {
  const {sprint} = await server.team('owner')
  const {ada, organizationId} = await server.team('foreign')
  const report = {sprint_id: sprint.id, cursor, expected: digest('a'), actual: digest('b')}
  t.like(await ada.post('/divergences', report), {status: 404, body: {code: 'sprint-not-found'}})
  t.false(warnings().some(({organization_id}) => organization_id === organizationId))
})

test('a report with a malformed cursor or digest is refused', async t => {
  const {ada, sprint} = await server.team('malformed')
  const report = {sprint_id: sprint.id, cursor, expected: digest('a'), actual: digest('b')}
  for (const wrong of [
    {cursor: 'here'},
    {expected: digest('A')},
    {actual: 'b'},
    {sprint_id: 's'},
    {more: 1},
  ]) {
    const answer = await ada.post('/divergences', {...report, ...wrong})
    t.like(answer, {status: 400, body: {code: 'invalid-request'}})
  }
})

test('reports do not use up the limit of changes, because all clients of a board can send a report at the same time', async t => {
  const {ada, sprint, task} = await server.team('limited')
  const report = {sprint_id: sprint.id, cursor, expected: digest('a'), actual: digest('b')}
  const send = () => ada.post('/divergences', report)
  const answers = await Promise.all(Array.from({length: 30}, send))
  t.true(answers.every(({status}) => status === 204))
  t.is((await ada.put(`/tasks/${task.id}/ownership`)).status, 200)
})

test('the reports of a process are counted', t => {
  const reports = new DivergenceReports(pino({level: 'silent'}))
  const caller = {organization_id: 'o', user_id: 'u', name: 'n', role: 'viewer'} as const
  reports.add(caller, {sprint_id: 's', cursor, expected: digest('a'), actual: digest('b')})
  reports.add(caller, {sprint_id: 's', cursor, expected: digest('a'), actual: digest('b')})
  t.is(reports.count, 2)
})
