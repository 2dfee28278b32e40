// Configures ava, which runs the tests.
import {availableParallelism} from 'node:os'

// The test files that take the most seconds start first. If one of them started last, it would run alone at the end.
const slowest = [
  'main',
  'interop/clients',
  'conformance/boardcast',
  'conformance/planted-faults',
  'browser/page-restart',
  'browser/client',
  'browser/page-accessible',
  'faults/short-run',
  'faults/client',
  'faults/kill',
  'attacks/short-run',
  'browser/page-session-end',
  'browser/page-forms',
  'browser/restarts',
  'browser/page',
  'browser/page-proxies',
  'browser/page-presence',
  'commands/check-deployment',
  'faults/presence-kill',
  'commands/workers',
  'http/generated-clients',
  'http/invalid-requests',
  'changes/board-follows-events',
  'live/slow-reader',
  'live/subscriber',
  'store/embedded',
  'commands/new-epoch',
].map(name => `/tests/${name}.test.js`)

function rank(file) {
  const index = slowest.findIndex(name => file.endsWith(name))
  return index < 0 ? slowest.length : index
}

export default {
  files: ['.test-build/*/tests/**/*.test.js'],
  workerThreads: false,
  // Many tests wait for timeouts and for other processes. With one test file for each core, the cores would often be idle.
  concurrency: availableParallelism() + 2,
  timeout: '2m',
  sortTestFiles: (one, other) => rank(one) - rank(other) || (one < other ? -1 : 1),
}
