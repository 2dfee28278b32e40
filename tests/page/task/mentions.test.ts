import test from 'ava'
import {mentionsIn} from '../../../src/page/task/mentions.ts'

test('a comment mentions members by full name, or by a first name that only one member has', t => {
  const members = [
    {id: '1', name: 'Ada Lovelace'},
    {id: '2', name: 'Grace Hopper'},
    {id: '3', name: 'Grace Kelly'},
    {id: '4', name: 'Zoë (QA)'},
  ]
  t.deepEqual(mentionsIn('@ada, look', members), ['1'])
  t.deepEqual(mentionsIn('ask @Grace Hopper or @zoë', members), ['2', '4'])
  t.deepEqual(mentionsIn('@grace?', members), [])
  t.deepEqual(mentionsIn('@adamant ada', members), [])
})
