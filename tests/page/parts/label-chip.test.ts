// Checks the colours of the labels. The CSS is read as text, because axe sees only the colours that a page happens to show.
import {readFileSync} from 'node:fs'
import test from 'ava'
import {labelColors} from '../../../src/board/label.ts'

const css = readFileSync(new URL('../../../src/page/parts/label-chip.css', import.meta.url), 'utf8')

test('the name of a label has a contrast of 4.5:1 or more on each colour, in the light and the dark theme', t => {
  for (const color of labelColors) {
    const [, rule = ''] = new RegExp(`\\[data-color="${color}"\\] \\{([^}]*)\\}`).exec(css) ?? []
    const pairs = [...rule.matchAll(/light-dark\((#\w{6}), (#\w{6})\)/g)]
    t.is(pairs.length, 2, color)
    for (const theme of [1, 2]) {
      const [text, background] = pairs.map(pair => luminance(pair[theme]!))
      t.true(contrast(text!, background!) >= 4.5, `${color}: ${contrast(text!, background!)}`)
    }
  }
})

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}

/** [spec] WCAG 2.2, "relative luminance". */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map(start => {
    const share = Number.parseInt(hex.slice(start, start + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}
