/** Checks that docs/conformance.md contains the stored results of the conformance suite. */
import {readdirSync, readFileSync} from 'node:fs'
import test from 'ava'
import {groupOf, groups} from '../../conformance/case.ts'
import {cases} from '../../conformance/cases.ts'
import type {Results} from '../../conformance/report.ts'
import {formatTable, replaceTable} from '../../conformance/table.ts'

const folder = new URL('../../conformance/results/', import.meta.url)
const page = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')
const stored = readdirSync(folder).map(
  name => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Results,
)

test('the table in docs/conformance.md was written from the stored results of all cases', t => {
  t.true(stored.length >= 6)
  const ids = cases.map(({id}) => id as string)
  for (const {server, results} of stored) {
    t.deepEqual(
      results.map(({id}) => id),
      ids,
      server,
    )
  }
  const columns = /\| group \| cases \| (.*) \|/.exec(page)![1]!.split(' | ')
  const inOrder = columns.map(column => stored.find(({server}) => server === column)!)
  t.is(replaceTable(page, formatTable(inOrder, cases)), page)
})

test('every case has its own id, a requirement of one sentence and a source, and every group has cases', t => {
  t.is(new Set(cases.map(({id}) => id)).size, cases.length)
  t.true(cases.length >= 100)
  for (const {id, requirement, source} of cases) {
    t.regex(requirement, /^[A-Z].*\.$/, id)
    t.regex(source, /^(WHATWG (HTML|Fetch) section|RFC \d+ section|practice: .)/, id)
  }
  t.deepEqual([...new Set(cases.map(groupOf))], [...groups])
})
