import test from 'ava'
import {filterIn, isFiltering, noFilter, queryOf} from '../../../src/page/board/filter.ts'

test('a filter is written into the query of the address, and read back', t => {
  const filter = {
    text: 'tank & fuel',
    owner: 'ada',
    label: '7',
    priority: 'high',
    story: 's1',
    status: 'open',
  } as const
  t.is(queryOf(filter), '?filter=tank+%26+fuel&owner=ada&label=7&priority=high&story=s1&status=open')
  t.deepEqual(filterIn(queryOf(filter)), filter)
})

test('a filter that shows all cards adds nothing to the address', t => {
  t.is(queryOf(noFilter), '')
  t.is(queryOf({...noFilter, text: '  '}), '')
  t.false(isFiltering(noFilter))
})

test('unknown values in the address are ignored', t => {
  t.deepEqual(filterIn('?priority=huge&status=&color=red'), noFilter)
})
