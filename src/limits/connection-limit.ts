/** Limits how many connections of an address are open at the same time. */
import type {Server, Socket} from 'node:net'
import {addressKey, isPrivateAddress} from './addresses.ts'

export interface ConnectionLimitOptions {
  maxPerAddress: number
  /**
   * Returns whether the address has no limit. By default, private addresses have no limit, because such an address may
   * belong to a proxy that opens the connections of many clients.
   */
  isExempt?: (address: string) => boolean
  /** Called for each connection that is closed because its address has reached the limit. */
  onRefused: (address: string) => void
}

/** Closes each new connection whose address has reached the limit. */
export function limitConnections(server: Server, options: ConnectionLimitOptions): void {
  const {maxPerAddress, isExempt = isPrivateAddress, onRefused} = options
  const open = new Map<string, number>()
  server.prependListener('connection', (socket: Socket) => {
    const {remoteAddress} = socket
    const key = remoteAddress === undefined || isExempt(remoteAddress) ? undefined : addressKey(remoteAddress)
    if (key === undefined) return
    const count = open.get(key) ?? 0
    if (count >= maxPerAddress) {
      socket.destroy()
      onRefused(key)
      return
    }
    open.set(key, count + 1)
    socket.once('close', () => {
      const left = open.get(key)! - 1
      if (left === 0) open.delete(key)
      else open.set(key, left)
    })
  })
}
