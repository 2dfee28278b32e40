import type {CDPSession, Page} from 'playwright-core'

/** A finger that touches the page. Points are in CSS pixels from the left and from the top of the viewport. */
export class Finger {
  readonly devTools: CDPSession

  constructor(devTools: CDPSession) {
    this.devTools = devTools
  }

  static async of(page: Page): Promise<Finger> {
    return new Finger(await page.context().newCDPSession(page))
  }

  async down(x: number, y: number): Promise<void> {
    await this.devTools.send('Input.dispatchTouchEvent', {type: 'touchStart', touchPoints: [{x, y}]})
  }

  async move(x: number, y: number): Promise<void> {
    await this.devTools.send('Input.dispatchTouchEvent', {type: 'touchMove', touchPoints: [{x, y}]})
  }

  async up(): Promise<void> {
    await this.devTools.send('Input.dispatchTouchEvent', {type: 'touchEnd', touchPoints: []})
  }
}
