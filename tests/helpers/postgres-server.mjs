// Runs a temporary Postgres server in its own process until another process exits:
//
//   node postgres-server.mjs <socket path> <pid of that process> <folder of the Postgres binaries>
//
// When the server accepts connections, every client of the socket receives {"url": "postgres://…"}, the URL
// for the superuser. If the server fails to start, every client receives {"error": "…"} with the message
// of Postgres.
import {execFileSync, spawn, spawnSync} from 'node:child_process'
import {randomBytes, randomInt} from 'node:crypto'
import {once} from 'node:events'
import {chownSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {connect, createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

const watchIntervalMs = 100 // milliseconds between two checks of whether the other process still runs

// After the other process has exited, its pid can still exist: the other process may be a zombie, or a new process may
// have the same pid. Therefore, the server also stops after `maxLifetimeMs`. A run of the tests normally takes less
// time than `maxLifetimeMs`. If a run takes more time, the next test file starts another server.
const maxLifetimeMs = 2 * 60 * 60_000

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 300,
  shared_buffers: '128MB',
  scram_iterations: 1,
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
}

const [socketPath, servedPid, packagedBinaries] = process.argv.slice(2)
const listener = await listen()
const folder = mkdtempSync(join(tmpdir(), 'boardcast-postgres-'))
const postgres = startPostgres()
const answer = postgres.then(
  ({url}) => ({url}),
  error => ({error: error.message}),
)

listener.on('connection', async socket => {
  socket.on('error', () => {}) // a killed test file may cause an error, which must not end this process
  socket.end(JSON.stringify(await answer))
})
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), exitOf(Number(servedPid))])

listener.close()
// When Postgres did not start, the promise rejects, and nothing needs to be stopped.
await postgres.then(({stop}) => stop()).catch(() => {})
rmSync(folder, {recursive: true, force: true})
process.exit()

/** Listens on the socket and returns the server. Exits when another process already listens on the socket. */
async function listen() {
  const server = createServer()
  try {
    await once(server.listen(socketPath), 'listening')
  } catch {
    if (await isListening(socketPath)) process.exit()
    rmSync(socketPath, {force: true}) // an earlier process with the same pid was killed and left this file
    await once(server.listen(socketPath), 'listening')
  }
  return server
}

async function isListening(path) {
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

/** Starts a server in `folder`; returns `{url, stop()}`. Errors contain the output of initdb or the log of the server. */
async function startPostgres() {
  const account = unprivilegedAccount()
  const binaries = readableBinaries(account)
  const data = join(folder, 'data')
  const port = await freePort()
  const user = 'boardcast'
  const password = randomBytes(12).toString('hex')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password)
  if (account.uid) for (const path of [folder, passwordFile]) chownSync(path, account.uid, account.gid)

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
      server.kill('SIGQUIT') // ends Postgres immediately, because its data are not needed later
      return closed
    },
  }
}

/**
 * Resolves when the server accepts connections. Rejects with the end of the server's log when the server exits too
 * early.
 */
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

/**
 * Returns the uid and gid of `nobody` when this process runs as root, because Postgres refuses to run as
 * root. Otherwise returns an empty object, and Postgres runs as the same user as this process.
 */
function unprivilegedAccount() {
  if (process.getuid() !== 0) return {}
  const idOfNobody = option => Number(execFileSync('id', [option, 'nobody']))
  return {uid: idOfNobody('-u'), gid: idOfNobody('-g')}
}

/** Returns the folder of the binaries. When `account` cannot read this folder, returns a copy of the folder. */
function readableBinaries(account) {
  const isOpen = spawnSync(join(packagedBinaries, 'bin', 'postgres'), ['--version'], account).status === 0
  if (isOpen || !account.uid) return packagedBinaries

  const copy = join(folder, 'binaries')
  execFileSync('cp', ['-R', packagedBinaries, copy])
  execFileSync('chmod', ['-R', 'a+rX', copy])
  return copy
}

/**
 * Returns an unused port. The port is outside the range for outgoing connections, so that no outgoing connection
 * uses the port.
 */
async function freePort() {
  const server = createServer()
  for (;;) {
    const port = randomInt(30_000, 32_700) // the ports below are for the servers of the tests
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
      await new Promise(resolve => server.close(resolve))
      return port
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error
    }
  }
}

async function exitOf(pid) {
  const latest = Date.now() + maxLifetimeMs
  while (isAlive(pid) && Date.now() < latest) await delay(watchIntervalMs)
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
