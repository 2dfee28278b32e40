// One throwaway Postgres server, kept by a process of its own for as long as another process lives:
//
//   node postgres-server.mjs <socket path> <pid of that process> <folder of the Postgres binaries>
//
// Whoever connects to the socket is told once the server runs, {"url": "postgres://…"} of its superuser, or
// once it has failed, {"error": "…"} with Postgres' own words.
import {execFileSync, spawn, spawnSync} from 'node:child_process'
import {randomBytes, randomInt} from 'node:crypto'
import {once} from 'node:events'
import {chownSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {connect, createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

const watchInterval = 100 // milliseconds from one look at the served process to the next

// Milliseconds. A pid can outlive its process: as a zombie that nobody reaps, or given out again. No run of
// the tests takes this long, and a later test file would only start another server.
const longestLife = 2 * 60 * 60_000

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 300,
  shared_buffers: '128MB',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
}

const [socketPath, servedPid, packagedBinaries] = process.argv.slice(2)
const door = await openDoor()
const folder = mkdtempSync(join(tmpdir(), 'boardcast-postgres-'))
const postgres = startPostgres()
const answer = postgres.then(
  ({url}) => ({url}),
  error => ({error: error.message}),
)

door.on('connection', async socket => {
  socket.on('error', () => {}) // a test file that is killed while it waits takes nobody along
  socket.end(JSON.stringify(await answer))
})
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), endOf(Number(servedPid))])

door.close()
await postgres.then(({stop}) => stop()).catch(() => {}) // what never started needs no stop
rmSync(folder, {recursive: true, force: true})
process.exit()

/** The listening socket; ends this process when another one listens there already. */
async function openDoor() {
  const server = createServer()
  try {
    await once(server.listen(socketPath), 'listening')
  } catch {
    if (await isAnswered(socketPath)) process.exit()
    rmSync(socketPath, {force: true}) // its server was killed, and the pid in its name given out again
    await once(server.listen(socketPath), 'listening')
  }
  return server
}

async function isAnswered(path) {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** `{url, stop()}` of a new server in `folder`. Throws with the words of initdb or with the server's log. */
async function startPostgres() {
  const account = unprivilegedAccount()
  const binaries = readableBinaries(account)
  const data = join(folder, 'data')
  const port = await freePort()
  const user = 'boardcast'
  const password = randomBytes(12).toString('hex')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password)
  if (account.uid) chownSync(folder, account.uid, account.gid)

  const initdb = [
    `--pgdata=${data}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-locale',
    '--no-sync',
    ...Object.entries({...settings, port}).map(([name, value]) => `--set=${name}=${value}`),
  ]
  execFileSync(join(binaries, 'bin', 'initdb'), initdb, {...account, cwd: folder, stdio: 'pipe'})
  const server = spawn(join(binaries, 'bin', 'postgres'), ['-D', data], {...account, cwd: folder})
  const closed = new Promise(resolve => server.on('close', resolve))
  await readiness(server)
  return {
    url: `postgres://${user}:${password}@127.0.0.1:${port}/postgres`,
    stop() {
      server.kill('SIGQUIT') // an immediate shutdown: the data are thrown away
      return closed
    },
  }
}

/** Resolves when the server accepts connections. Throws with the end of its log when it never does. */
function readiness(server) {
  return new Promise((resolve, reject) => {
    let log = ''
    server.stderr.on('data', chunk => {
      log = (log + chunk).slice(-10_000)
      if (log.includes('ready to accept connections')) resolve()
    })
    server.on('error', reject)
    server.on('close', () => reject(new Error(log)))
  })
}

/** The uid and gid to run Postgres with, which refuses root; empty, to stay who we are, for anybody else. */
function unprivilegedAccount() {
  if (process.getuid() !== 0) return {}
  const idOfNobody = option => Number(execFileSync('id', [option, 'nobody']))
  return {uid: idOfNobody('-u'), gid: idOfNobody('-g')}
}

/** The folder of the binaries, or a copy of it where a folder above is closed to the account. */
function readableBinaries(account) {
  const isOpen = spawnSync(join(packagedBinaries, 'bin', 'postgres'), ['--version'], account).status === 0
  if (isOpen || !account.uid) return packagedBinaries

  const copy = join(folder, 'binaries')
  execFileSync('cp', ['-R', packagedBinaries, copy])
  execFileSync('chmod', ['-R', 'a+rX', copy])
  return copy
}

/** A port that nobody uses, below those that clients' sockets get, so that none takes it before Postgres. */
async function freePort() {
  const server = createServer()
  for (;;) {
    const port = randomInt(20_000, 32_000)
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
      await new Promise(resolve => server.close(resolve))
      return port
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error
    }
  }
}

async function endOf(pid) {
  const latest = Date.now() + longestLife
  while (isAlive(pid) && Date.now() < latest) await delay(watchInterval)
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
