// Tests the plain text of an excerpt.
import test from 'ava'
import {withoutMarkup} from '../../../src/page/parts/without-markup.ts'

test('an excerpt has no marks of Markdown', t => {
  const texts = {
    'The **day** of the ~~shop~~ `till`': 'The day of the shop till',
    '## Steps\n> Order first': 'Steps Order first',
    'See [the log](https://logs.example/1) and ![a photo](p.png)': 'See the log and a photo',
    '| Day | Orders |\n| --- | ---: |\n| Mon | 3 |': ' Day Orders Mon 3 ',
    'above\n---\nbelow': 'above below',
  }
  for (const [text, expected] of Object.entries(texts)) {
    t.is(withoutMarkup(text).replace(/\s+/g, ' '), expected) // as the browser shows it
  }
})

test('what only resembles marks stays', t => {
  for (const text of ['2 * 3 - 1', 'a_name and #7', 'x-ray -- fine', 'a > b (c)'])
    t.is(withoutMarkup(text), text)
})
