import test from 'ava'
import type {JWTPayload} from 'jose'
import type {Role} from '../../src/board/member.ts'
import {type ClaimRules, readClaims} from '../../src/identity/claims.ts'

const exp = Math.floor(Date.now() / 1000) + 3600
const good = {sub: 'ada', exp, org_id: 'acme'}

test('the organization is read from the claim org_id or, when org_id is missing, from o.id', t => {
  t.is(read({...good}).organization, 'acme')
  t.is(read({sub: 'ada', exp, o: {id: 'acme', rol: 'admin'}}).organization, 'acme')
  t.is(read({...good, o: {id: 'other'}}).organization, 'acme')
})

test('when orgClaim is set, the organization is read from that claim and not from the default claims', t => {
  const name = 'https://acme.example/tenant.id'
  t.is(read({...good, [name]: 'by name'}, {orgClaim: name}).organization, 'by name')
  const nested = {...good, app_metadata: {tenant: {id: 'by path'}}}
  t.is(read(nested, {orgClaim: 'app_metadata.tenant.id'}).organization, 'by path')
  t.throws(() => read(good, {orgClaim: 'tenant'}), {code: 'no-organization'})
})

test('a token without an organization is rejected with the code no-organization', t => {
  for (const claims of [
    {},
    {org_id: ''},
    {org_id: null},
    {o: 'acme'},
    {o: {}},
    {o: null},
    {o: {id: ''}},
    {o: ['acme']},
  ]) {
    t.throws(() => read({sub: 'ada', exp, ...claims}), {code: 'no-organization'}, JSON.stringify(claims))
  }
})

test('when orgClaim is the path of an inherited property, the token is rejected with the code no-organization', t => {
  for (const orgClaim of ['constructor.name', 'sub.length', '__proto__.x', 'toString']) {
    t.throws(() => read(good, {orgClaim}), {code: 'no-organization'}, orgClaim)
  }
})

const roles: [claims: object, role: Role][] = [
  [{org_role: 'org:admin'}, 'admin'],
  [{org_role: 'org:member'}, 'member'],
  [{org_role: 'org:viewer'}, 'viewer'],
  [{org_role: 'admin'}, 'admin'],
  [{org_role: 'member'}, 'member'],
  [{org_role: 'viewer'}, 'viewer'],
  [{o: {rol: 'admin'}}, 'admin'],
  [{o: {rol: 'org:member'}}, 'member'],
  [{org_role: 'viewer', o: {rol: 'admin'}}, 'viewer'],
]
for (const [claims, role] of roles) {
  test(`the role of ${JSON.stringify(claims)} is ${role}`, t => {
    const defaultRole = role === 'viewer' ? 'member' : 'viewer'
    t.is(read({...good, ...claims}, {defaultRole}).role, role)
  })
}

for (const org_role of [
  undefined,
  'org:billing',
  'Admin',
  'org:org:admin',
  '',
  1,
  ['admin'],
  {admin: true},
]) {
  test(`the role of ${JSON.stringify(org_role)} is the default role`, t => {
    t.is(read({...good, org_role}).role, 'viewer')
    t.is(read({...good, org_role}, {defaultRole: 'member'}).role, 'member')
  })
}

test('a member’s name is the first usable claim of name, email and sub', t => {
  const email = 'ada@acme.example'
  t.is(read({...good, name: ' Ada Lovelace ', email}).name, 'Ada Lovelace')
  for (const name of [undefined, '', '  ', '\0', 7, {first: 'Ada'}])
    t.is(read({...good, name, email}).name, email)
  t.is(read({...good, email: ''}).name, 'ada')
  t.is(read({...good, sub: ' '}).name, ' ')
})

test('a name is truncated to 200 code units without splitting a character, and characters that cannot be stored are removed', t => {
  t.is(read({...good, name: 'x'.repeat(300)}).name, 'x'.repeat(200))
  t.is(read({...good, name: `${'x'.repeat(199)}👩`}).name, 'x'.repeat(199))
  t.is(read({...good, name: `${'x'.repeat(198)}👩`}).name, `${'x'.repeat(198)}👩`)
  t.is(read({...good, name: 'A\0da\ud800'}).name, 'Ada\ufffd')
  t.is(read({...good, sub: `${'s'.repeat(199)}👩`}).name, 's'.repeat(199))
})

for (const [what, value] of [
  ['text with a NUL', 'a\0b'],
  ['text with a lone surrogate', 'a\ud800'],
  ['text of 256 characters', 'x'.repeat(256)],
  ['a number', 7],
  ['an object', {id: 'a'}],
] as const) {
  test(`${what} is rejected as a subject, as an organization and as an issuer`, t => {
    for (const claim of ['sub', 'org_id', 'iss']) {
      const refusal = t.throws(() => read({...good, [claim]: value}), {code: 'invalid-token'}, claim)
      t.true(refusal.message.includes(claim))
      t.like(refusal, {data: {reason: 'claim'}})
    }
  })
}

test('a subject may have 255 characters of any script', t => {
  const sub = '日'.repeat(255)
  t.is(read({...good, sub}).subject, sub)
})

test('an empty subject is rejected', t => {
  t.throws(() => read({...good, sub: ''}), {code: 'invalid-token'})
})

test('a token with the issuer api-key is rejected, because this issuer is reserved for API keys', t => {
  t.throws(() => read({...good, iss: 'api-key'}), {code: 'invalid-token'})
})

test('the issuer of a token without iss is the empty string', t => {
  t.is(read(good).issuer, '')
  t.is(read({...good, iss: 'https://issuer.example'}).issuer, 'https://issuer.example')
})

test('the issue time is read from iat; when iat is missing or in the future, the issue time is 0', t => {
  const now = 1_800_000_000 // seconds
  const issuedAt = (iat?: number) =>
    readClaims({...good, iat} as JWTPayload, {defaultRole: 'viewer'}, now * 1000).issuedAt
  t.is(issuedAt(now - 60), (now - 60) * 1000)
  t.is(issuedAt(now - 60.5), (now - 60.5) * 1000)
  t.is(issuedAt(now + 5), (now + 5) * 1000, 'clocks may differ by 5 seconds')
  for (const iat of [undefined, 0, -5, now + 6, 1e300, Number.POSITIVE_INFINITY])
    t.is(issuedAt(iat), 0, `${iat}`)
})

test('an email address that cannot be stored is ignored', t => {
  t.is(read({...good, email: 'ada@acme.example'}).email, 'ada@acme.example')
  for (const email of [undefined, '', 'a\0', 'a\ud800', 'x'.repeat(321), 7]) {
    t.is(read({...good, email}).email, null)
  }
})

function read(payload: Record<string, unknown>, rules: Partial<ClaimRules> = {}) {
  return readClaims(payload as JWTPayload, {defaultRole: 'viewer', ...rules})
}
