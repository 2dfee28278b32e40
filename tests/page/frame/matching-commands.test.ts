import test from 'ava'
import {matchingCommands} from '../../../src/page/frame/matching-commands.ts'

test('commands that match a text leave room for the results, and all commands are shown without a text', t => {
  const commands = Array.from({length: 100}, (_, index) => ({id: `${index}`, label: `Go to Sprint ${index}`}))
  t.is(matchingCommands(commands, 'sprint').length, 5)
  t.is(matchingCommands(commands, ' ').length, 100)
})
