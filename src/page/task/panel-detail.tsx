import type {ReactNode} from 'react'

/** One line of the details of a task. */
export function Detail({label, children}: {label: string; children: ReactNode}) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
