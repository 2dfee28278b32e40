import ava, {type TestFn} from 'ava'

/**
 * Returns a replacement for ava's `test` that skips all tests but still runs the hooks. Prints a warning with
 * the reason.
 */
export function skipping(needed: string, why: string): TestFn {
  console.warn(`Skipping the tests that need ${needed}: ${why}.`)
  const skipped = Object.assign((...declaration: Parameters<TestFn>) => ava.skip(...declaration), ava)
  const serial = Object.assign(
    (...declaration: Parameters<TestFn>) => ava.serial.skip(...declaration),
    ava.serial,
  )
  return Object.assign(skipped, {serial})
}
