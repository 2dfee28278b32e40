import ava, {type TestFn} from 'ava'

/** ava's test for a machine that lacks what the tests need: says so, and skips them, but not their hooks. */
export function skipping(needed: string, why: string): TestFn {
  console.warn(`Skipping the tests that need ${needed}: ${why}.`)
  const skipped = Object.assign((...declaration: Parameters<TestFn>) => ava.skip(...declaration), ava)
  const serial = Object.assign(
    (...declaration: Parameters<TestFn>) => ava.serial.skip(...declaration),
    ava.serial,
  )
  return Object.assign(skipped, {serial})
}
