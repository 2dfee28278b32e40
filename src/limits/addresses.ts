/** Decides which clients share the limits of an address. */
import {BlockList, isIP} from 'node:net'

/**
 * Returns the key under which the uses of the address are counted. Returns undefined when the address is malformed. The
 * owner of an IPv6 address usually owns the whole /64 network, so all addresses of this network have one key.
 */
export function addressKey(address: string): string | undefined {
  const plain = plainAddress(address)
  const family = isIP(plain)
  if (family === 4) return plain
  return family === 6 ? networkKey(expandedGroups(plain)) : undefined
}

function networkKey(groups: string[]): string {
  const network = groups.slice(0, 4).join(':')
  // [spec] RFC 6052, section 2.1: a NAT64 translator writes the IPv4 address of the client into the last two groups.
  return network === '64:ff9b:0:0' ? `64:ff9b::${groups.slice(6).join(':')}` : `${network}::/64`
}

/**
 * Returns whether the address belongs to this machine or to a private network. Such an address may belong to a proxy
 * that has many clients.
 */
export function isPrivateAddress(address: string): boolean {
  const plain = plainAddress(address)
  const family = isIP(plain)
  return family !== 0 && privateNetworks.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

/** Removes a port and brackets, which some proxies add. Converts `::ffff:192.0.2.1` to `192.0.2.1`. */
function plainAddress(address: string): string {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address
  return /^::ffff:([\d.]+)$/i.exec(bare)?.[1] ?? bare.replace(/%.*/, '')
}

/** Returns the eight groups of an IPv6 address, without leading zeros. */
function expandedGroups(address: string): string[] {
  // When an IPv6 address ends with an IPv4 address, the class `URL` converts the IPv4 address to two groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groupsOf = (part: string | undefined) => (part ? part.split(':') : [])
  const [first, last] = [groupsOf(head), groupsOf(tail)]
  return [...first, ...Array(8 - first.length - last.length).fill('0'), ...last]
}

const privateNetworks = new BlockList()
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10], // [spec] RFC 6598: addresses in the network between a carrier and its customers
] as const) {
  privateNetworks.addSubnet(network, prefix, 'ipv4')
}
privateNetworks.addAddress('::1', 'ipv6')
privateNetworks.addSubnet('fc00::', 7, 'ipv6')
privateNetworks.addSubnet('fe80::', 10, 'ipv6')
