/** Describes how a received list of texts differs from the expected list. Returns undefined for equal lists. */
export function difference(received: readonly string[], expected: readonly string[]): string | undefined {
  if (received.length === expected.length && received.every((text, index) => text === expected[index])) return
  const isExpected = new Set(expected)
  const isReceived = new Set(received)
  const lost = expected.filter(text => !isReceived.has(text))
  const foreign = received.filter(text => !isExpected.has(text))
  const repeated = received.filter((text, index) => received.indexOf(text) < index)
  const faults = [
    count(lost, 'was lost', 'were lost'),
    count(repeated, 'was repeated', 'were repeated'),
    count(foreign, 'was not expected', 'were not expected'),
  ].filter(fault => fault !== '')
  if (faults.length === 0) faults.push('the events arrived in another order')
  return `Of ${expected.length} expected events, ${faults.join(', ')}.`
}

function count(texts: readonly string[], one: string, many: string): string {
  if (texts.length === 0) return ''
  const first = JSON.stringify(texts[0]!.length > 60 ? `${texts[0]!.slice(0, 60)}…` : texts[0])
  return `${texts.length} ${texts.length === 1 ? one : many} (first: ${first})`
}
