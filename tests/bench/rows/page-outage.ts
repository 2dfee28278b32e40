/** Measures how soon the board page is live again after the server was killed. */
import {randomBytes} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import {launchChromium} from '../../helpers/chromium.ts'
import {createSprint, mintTokens} from '../large-sprint.ts'
import type {Processes} from '../processes.ts'
import type {Program} from '../program.ts'
import {median} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'
import {openBoard} from './page.ts'

const rounds = 5
const outageSeconds = 15

export async function pageOutage(processes: Processes): Promise<Result> {
  const secret = randomBytes(32).toString('hex')
  const server = await processes.page(secret)
  const url = `http://127.0.0.1:${server.port}`
  const tokens = await mintTokens(secret, 1)
  const sprint = await createSprint(url, tokens, {stories: 25, tasksPerStory: 20})
  const browser = await launchChromium()
  const seconds: number[] = []
  try {
    const page = await openBoard(browser, {url, tokens, sprint})
    let program: Program = server
    for (let round = 0; round < rounds; round++) {
      await program.stop('SIGKILL')
      await page.locator('.connection:not([data-status=live])').waitFor()
      await delay(outageSeconds * 1_000)
      program = await server.restart()
      const answersSince = performance.now()
      await page.locator('.connection[data-status=live]').waitFor({timeout: 60_000})
      seconds.push((performance.now() - answersSince) / 1_000)
    }
  } finally {
    await browser.close()
  }
  return {
    title: `The board page after the server was killed for ${outageSeconds} s`,
    columns: ['measurement', 'median', 'longest'],
    lines: [
      [
        's from the first moment at which the server answers until Live',
        median(seconds),
        Math.max(...seconds),
      ],
    ],
    notes: [
      `The median of ${rounds} rounds with the same page, which is visible. All streams of the page are live again.`,
    ],
    bars: [atMost('Live again after an outage', 3, 's', median(seconds))],
  }
}
