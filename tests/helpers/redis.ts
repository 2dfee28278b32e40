import {execFileSync} from 'node:child_process'
import ava, {type TestFn} from 'ava'
import {skipping} from './skipping.ts'

/** ava's `test` for tests that need Redis. The tests are skipped on a machine without Redis, except on CI. */
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
