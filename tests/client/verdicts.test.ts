import test, {type ExecutionContext} from 'ava'
import {Api} from '../../src/client/api.ts'
import {verdictMs} from '../../src/client/limits.ts'
import {
  confirmVerdict,
  forgetVerdict,
  proposeVerdict,
  readVerdict,
  unconfirmedMs,
} from '../../src/client/remember-verdict.ts'
import {recall, type VerdictPlace, verdictPlaceOf} from '../../src/client/verdicts.ts'

const place = (): VerdictPlace => ({all: {}, key: 'a server'})
const now = Date.parse('2026-03-02T09:30:00Z')

test('a verdict is valid until its end', t => {
  const ours = place()
  t.falsy(recall(ours, now))
  t.is(confirmVerdict(ours, 'poll', now), now + verdictMs)
  t.is(recall(ours, now + verdictMs - 1), 'poll')
  t.falsy(recall(ours, now + verdictMs))
  t.is(readVerdict(ours, now + verdictMs), undefined)
  t.deepEqual(readVerdict(ours, now), {name: 'poll', until: now + verdictMs, isConfirmed: true})
})

test('a verdict that was not confirmed ends after a minute', t => {
  const ours = place()
  proposeVerdict(ours, 'fetch', now)
  t.deepEqual(readVerdict(ours, now), {name: 'fetch', until: now + unconfirmedMs, isConfirmed: false})
  t.is(recall(ours, now + unconfirmedMs - 1), 'fetch')
  t.falsy(recall(ours, now + unconfirmedMs))
})

test('a forgotten verdict and a text that is not a verdict are ignored', t => {
  const ours = place()
  confirmVerdict(ours, 'poll', now)
  forgetVerdict(ours)
  t.falsy(recall(ours, now))
  for (const text of ['', 'poll', 'poll soon', '9']) {
    t.falsy(recall({all: {ours: text}, key: 'ours'}, now), text)
    t.is(readVerdict({all: {ours: text}, key: 'ours'}, now), undefined, text)
  }
})

test('when the storage is full, the verdict is kept for the stream', t => {
  const all = new Proxy<Record<string, string>>({}, {set: () => fail()})
  const ours = {all, key: 'a server'}
  confirmVerdict(ours, 'poll', now)
  t.is(recall(ours, now), 'poll')
  t.is(all[ours.key], undefined)
})

test('streams of one server share a verdict, and streams of other servers do not', t => {
  const [one, same, other] = ['http://one', 'http://one/', 'http://other'].map(url =>
    verdictPlaceOf(new Api({url})),
  )
  confirmVerdict(one!, 'poll')
  t.is(recall(same!), 'poll')
  t.falsy(recall(other!))
})

// These tests are serial, because they set global variables.
test.serial(
  'on a page, verdicts are in localStorage; when the page may not use localStorage, they are in memory',
  t => {
    const stored: Record<string, string> = {}
    set(t, {document: {value: {}}, localStorage: {value: stored}})
    const ours = verdictPlaceOf(new Api({}))
    confirmVerdict(ours, 'poll', now)
    t.deepEqual(Object.keys(stored), ['/api/v1 transport'])
    t.is(stored[ours.key], `poll ${now + verdictMs}`)
  },
)

for (const [what, storage] of Object.entries<PropertyDescriptor>({
  'throws an error': {get: () => fail()},
  'is null': {value: null},
})) {
  test.serial(`when localStorage ${what}, verdicts are in memory`, t => {
    set(t, {document: {value: {}}, localStorage: storage})
    const url = `http://${what.replaceAll(' ', '-')}`
    confirmVerdict(verdictPlaceOf(new Api({url})), 'poll', now)
    t.is(recall(verdictPlaceOf(new Api({url})), now), 'poll')
  })
}

function set(t: ExecutionContext, properties: PropertyDescriptorMap): void {
  for (const [name, property] of Object.entries(properties)) {
    Object.defineProperty(globalThis, name, {...property, configurable: true})
  }
  t.teardown(() => {
    for (const name of Object.keys(properties)) delete (globalThis as Record<string, unknown>)[name]
  })
}

function fail(): never {
  throw new DOMException('Not permitted.', 'SecurityError')
}
