/** Returns the median. When the number of values is even, this is the higher of the two middle values. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** Returns the value below which the given share of all values lies. NaN when there are no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}

/** Returns the median of one figure of the samples with this name. NaN when no sample has this name. */
export function medianOf<Figure extends string, Name extends string>(
  samples: readonly ({name: Name} & Record<Figure, number>)[],
  name: Name,
  figure: Figure,
): number {
  return median(samples.filter(sample => sample.name === name).map(sample => sample[figure]))
}
