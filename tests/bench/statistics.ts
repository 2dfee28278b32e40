/** The median; the higher of the two middle values when their number is even. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The smallest value that is greater than or equal to the given share of all values. NaN when there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}

/** The median of one figure over the samples with the name. NaN when there are none. */
export function medianOf<Figure extends string, Name extends string>(
  samples: readonly ({name: Name} & Record<Figure, number>)[],
  name: Name,
  figure: Figure,
): number {
  return median(samples.filter(sample => sample.name === name).map(sample => sample[figure]))
}
