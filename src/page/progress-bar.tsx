interface ProgressBarProps {
  done: number
  /** Shown in a lighter colour after `done`. Default 0. */
  inProgress?: number
  total: number
}

/** Hidden from screen readers, because the numbers are always beside it as text. */
export function ProgressBar({done, inProgress = 0, total}: ProgressBarProps) {
  const share = (number: number) => `${total === 0 ? 0 : (100 * number) / total}%`
  return (
    <span className="progress" aria-hidden="true">
      <span className="progress-started" style={{width: share(done + inProgress)}} />
      <span className="progress-done" style={{width: share(done)}} />
    </span>
  )
}
