/** Ports on loopback for servers that cannot choose a port themselves, or that get the same port after a restart. */
import {once} from 'node:events'
import {connect, createServer, type Server} from 'node:net'

// Systems choose the ports of connections, and of servers without a given port, from 32,768 or higher. Such a port can be
// taken by any program in the moment in which nobody listens, so a port that must stay free is lower.
const firstPort = 10_000
const endPort = 30_000
const blockSize = 100

interface Block {
  first: number
  /** Listens at the first port of the block, so that no other process takes the block. */
  owner: Server
}

let block: Promise<Block> | undefined
let taken = 0

/** Returns a port at which nobody listens. No other process that uses this function gets a port of this process. */
export async function findFreePort(): Promise<number> {
  block ??= takeBlock()
  const {first} = await block
  for (let attempts = 1; attempts < blockSize; attempts++) {
    const port = first + 1 + (taken++ % (blockSize - 1))
    const server = await listenAt(port)
    if (!server) continue
    server.close()
    await once(server, 'close')
    return port
  }
  throw new Error(`A server listens at each port from ${first} to ${first + blockSize - 1}.`)
}

/** Returns whether a program accepts connections at the port. */
export async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** The system gives the block to others when this process ends. */
async function takeBlock(): Promise<Block> {
  const blocks = (endPort - firstPort) / blockSize
  const start = process.pid % blocks
  for (let index = 0; index < blocks; index++) {
    const first = firstPort + ((start + index) % blocks) * blockSize
    const owner = await listenAt(first)
    if (owner) return {first, owner: owner.unref()}
  }
  throw new Error(`A server listens at every ${blockSize}th port from ${firstPort} to ${endPort - 1}.`)
}

/** Returns undefined when the port is in use. */
async function listenAt(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
}
