import ava, {type TestFn} from 'ava'
import {isInstalled} from './is-installed.ts'
import {skipping} from './skipping.ts'

/** ava's `test` for tests that need Redis. Without Redis, the tests are skipped. On CI, the tests always run. */
export const test: TestFn =
  isInstalled('redis-server') || process.env.CI === 'true'
    ? ava
    : skipping('Redis', 'redis-server is not installed')
