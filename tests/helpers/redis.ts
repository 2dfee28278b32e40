import {execFileSync} from 'node:child_process'
import ava, {type TestFn} from 'ava'
import {skipping} from './skipping.ts'

/** ava's `test` for tests that need Redis. Without Redis, the tests are skipped. On CI, the tests always run. */
export const test: TestFn =
  hasRedis() || process.env.CI === 'true' ? ava : skipping('Redis', 'redis-server is not installed')

function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], {stdio: 'ignore'})
    return true
  } catch {
    return false
  }
}
