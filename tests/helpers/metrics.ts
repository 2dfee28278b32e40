/** Parses the text format of Prometheus. */

export interface ScrapedMetric {
  type: string
  help: string
  /** The values, by the name with its labels, such as `boardcast_streams_open{kind="stream"}`. */
  values: Map<string, number>
}

/** Returns the metrics by their names. */
export function parseMetrics(text: string): Map<string, ScrapedMetric> {
  const metrics = new Map<string, ScrapedMetric>()
  let current: ScrapedMetric | undefined
  for (const line of text.split('\n')) {
    const [, keyword, name, rest] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (keyword === 'HELP') {
      current = {type: '', help: rest!, values: new Map()}
      metrics.set(name!, current)
    } else if (keyword === 'TYPE') current!.type = rest!
    else if (line !== '') {
      const space = line.lastIndexOf(' ')
      current!.values.set(line.slice(0, space), Number(line.slice(space + 1)))
    }
  }
  return metrics
}

/** Returns the value of the sample, such as `boardcast_streams_open{kind="stream"}`. Undefined when there is no such sample. */
export function sampleOf(text: string, sample: string): number | undefined {
  for (const {values} of parseMetrics(text).values()) {
    const value = values.get(sample)
    if (value !== undefined) return value
  }
  return undefined
}
