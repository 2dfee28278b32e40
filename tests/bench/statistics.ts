/** Returns the median. When the number of values is even, returns the higher of the two middle values. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/**
 * Returns a percentile. For a `share` of 0.99, 99 % of the values are lower than the result. Returns NaN when there
 * are no values.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}

/**
 * Selects the samples with this name, and returns the median of the given figure. Returns NaN when no sample has
 * this name.
 */
export function medianOf<Figure extends string, Name extends string>(
  samples: readonly ({name: Name} & Record<Figure, number>)[],
  name: Name,
  figure: Figure,
): number {
  return median(samples.filter(sample => sample.name === name).map(sample => sample[figure]))
}
