interface ProgressBarProps {
  done: number
  /**
   * The number of tasks in progress. The bar shows these tasks after the tasks that are done, in a lighter colour.
   * Default 0.
   */
  inProgress?: number
  total: number
}

/** A progress bar. Screen readers skip the bar, because the page shows the same numbers as text next to the bar. */
export function ProgressBar({done, inProgress = 0, total}: ProgressBarProps) {
  const share = (number: number) => `${total === 0 ? 0 : (100 * number) / total}%`
  return (
    <span className="progress" aria-hidden="true">
      <span className="progress-started" style={{width: share(done + inProgress)}} />
      <span className="progress-done" style={{width: share(done)}} />
    </span>
  )
}
