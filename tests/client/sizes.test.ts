import test from 'ava'
import {sizeOf} from '../helpers/sizes.ts'

/** Matches an import, except an import of another file of the bundle. */
const otherPackage = /zod|^import(?!\s*(?:\{[^}]*\}\s*from\s*)?["']\.\/)/m

test('the entry point of streams is smaller than 8.3 KB when it is gzipped, and contains no other package', async t => {
  const {gzipped, code} = await sizeOf('client')
  t.true(gzipped < 8.3 * 1024, `${gzipped} bytes`)
  t.notRegex(code, otherPackage)
  t.log(`@boardcast/client: ${gzipped} bytes gzipped`)
})

test('the code for paths that hold streams back, and the code that compares boards, are in files that are loaded later, and are smaller than 3.3 KB together', async t => {
  const {code, gzippedLater} = await sizeOf('client')
  t.notRegex(code, /application\/json'/)
  t.notRegex(code, /SHA-256/)
  t.true(gzippedLater > 0 && gzippedLater < 3.3 * 1024, `${gzippedLater} bytes`)
})

test('the hooks import only React, and the other entry points import nothing', async t => {
  const react = await sizeOf('react')
  t.deepEqual(
    [...react.code.matchAll(/from"([^."][^"]*)"/g)].map(([, name]) => name),
    ['react'],
  )
  const query = await sizeOf('query')
  t.notRegex(query.code, otherPackage)
  t.true(react.gzipped < 9.2 * 1024 && query.gzipped < 1.6 * 1024, `${react.gzipped}, ${query.gzipped} bytes`)
  const limits = [
    ['api', 2],
    ['board', 3.1],
    ['presence', 1.5],
  ] as const
  for (const [entry, kilobytes] of limits) {
    const {gzipped, code} = await sizeOf(entry)
    t.notRegex(code, otherPackage)
    t.true(gzipped < kilobytes * 1024, `${entry}: ${gzipped} bytes`)
  }
})
