import test from 'ava'
import {sizeOf} from '../helpers/sizes.ts'

test('the entry point of streams is smaller than 6 KB when it is gzipped, and contains no other package', async t => {
  const {gzipped, code} = await sizeOf('client')
  t.true(gzipped < 6 * 1024, `${gzipped} bytes`)
  t.notRegex(code, /zod|^import/m)
  t.log(`@boardcast/client: ${gzipped} bytes gzipped`)
})

test('the hooks import only React, and the other entry points import nothing', async t => {
  const react = await sizeOf('react')
  t.deepEqual(
    [...react.code.matchAll(/from"([^"]*)"/g)].map(([, name]) => name),
    ['react'],
  )
  const query = await sizeOf('query')
  t.notRegex(query.code, /zod|^import/m)
  t.true(react.gzipped < 7 * 1024 && query.gzipped < 1024, `${react.gzipped}, ${query.gzipped} bytes`)
  for (const entry of ['api', 'board'] as const) {
    const {gzipped, code} = await sizeOf(entry)
    t.notRegex(code, /zod|^import/m)
    t.true(gzipped < 2 * 1024, `${entry}: ${gzipped} bytes`)
  }
})
