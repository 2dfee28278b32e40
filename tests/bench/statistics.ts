/** The median. When the number of values is even, the higher of the two middle values. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The smallest value that is greater than or equal to the given share of all values. NaN when there are no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}

/** The median of one figure over the samples with this name. NaN when there are no such samples. */
export function medianOf<Figure extends string, Name extends string>(
  samples: readonly ({name: Name} & Record<Figure, number>)[],
  name: Name,
  figure: Figure,
): number {
  return median(samples.filter(sample => sample.name === name).map(sample => sample[figure]))
}
