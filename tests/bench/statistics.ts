/** The middle value; of an even number of them, the higher of the two. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The least value that the share of all values does not exceed. NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}

/** The median of one figure over the samples of that name. NaN where there are none. */
export function medianOf<Figure extends string, Name extends string>(
  samples: readonly ({name: Name} & Record<Figure, number>)[],
  name: Name,
  figure: Figure,
): number {
  return median(samples.filter(sample => sample.name === name).map(sample => sample[figure]))
}
