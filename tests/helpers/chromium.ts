/** Debian's Chromium, for tests, screenshots, benches and attacks. */
import {existsSync} from 'node:fs'
import {createRequire} from 'node:module'
import type {Browser} from 'playwright-core'

// Node imports this large CommonJS package in twice the time that `require` needs.
const {chromium} = createRequire(import.meta.url)('playwright-core') as typeof import('playwright-core')

/** `CHROMIUM` is the path of the program. Default: where Debian's package `chromium` installs it. */
export const {CHROMIUM: chromiumPath = '/usr/bin/chromium'} = process.env

export const hasChromium = existsSync(chromiumPath)

const disabledFeatures = [
  // If the next two features were enabled, Chromium would start a renderer for the popups of the address bar of each
  // window. This renderer takes more CPU than most tests.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  // Playwright disables the following features too. These features are repeated here, because Chromium uses only the
  // last `--disable-features` argument.
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
]

const shellPath = '/usr/bin/chromium-headless-shell' // of Debian's package `chromium-headless-shell`

/**
 * Starts Chromium, or with `shell` the headless shell, if it is installed and `CHROMIUM` is not set. The headless shell is
 * the same engine without a window. It needs a third less CPU time, but it has no back/forward cache.
 */
export function launchChromium({shell = false} = {}): Promise<Browser> {
  const executablePath = shell && !process.env.CHROMIUM && existsSync(shellPath) ? shellPath : chromiumPath
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', `--disable-features=${disabledFeatures.join()}`],
    // Playwright disables the back/forward cache by default, but the page must work with this cache.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
}
