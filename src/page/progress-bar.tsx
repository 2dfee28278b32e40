interface ProgressBarProps {
  done: number
  /** Under way: shown lighter, behind what is done. */
  begun?: number
  total: number
}

/** A picture of numbers that stand beside it in words. */
export function ProgressBar({done, begun = 0, total}: ProgressBarProps) {
  const share = (number: number) => `${total === 0 ? 0 : (100 * number) / total}%`
  return (
    <span className="progress" aria-hidden="true">
      <span className="progress-begun" style={{width: share(done + begun)}} />
      <span className="progress-done" style={{width: share(done)}} />
    </span>
  )
}
