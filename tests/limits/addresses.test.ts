import test from 'ava'
import {limitedAddress} from '../../src/http/client-address.ts'
import {addressKey, isPrivateAddress} from '../../src/limits/addresses.ts'

for (const [address, key] of [
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:4711', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['[2001:db8::1]:4711', '2001:db8:0:0::/64'],
  ['2001:db8:0:1:2::', '2001:db8:0:1::/64'],
  ['64:ff9b::203.0.113.7', '64:ff9b::cb00:7107'],
  ['64:ff9b::203.0.113.8', '64:ff9b::cb00:7108'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['unknown', undefined],
  ['', undefined],
]) {
  test(`the key of the address "${address}" is ${key}`, t => {
    t.is(addressKey(address!), key)
  })
}

test('isPrivateAddress accepts loopback, private and link-local addresses, and rejects all other addresses', t => {
  const privateAddresses = [
    '127.0.0.1',
    '::1',
    '::ffff:10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.1.1',
    'fd00::1',
    'fe80::1%eth0',
  ]
  for (const address of privateAddresses) t.true(isPrivateAddress(address), address)
  for (const address of ['203.0.113.7', '172.32.0.1', '2001:db8::1', 'unknown', ''])
    t.false(isPrivateAddress(address), address)
})

test('without X-Forwarded-For, there is no limit for a private address', t => {
  t.is(limitedAddress({ip: '10.0.0.1', ips: []}), undefined)
  t.is(limitedAddress({ip: '203.0.113.7', ips: []}), '203.0.113.7')
})

test('when a trusted proxy reports a private address, this address has a limit', t => {
  t.is(limitedAddress({ip: '10.0.0.1', ips: ['10.0.0.1']}), '10.0.0.1')
})
