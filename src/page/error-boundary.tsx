/** Where a fault of the page itself ends: in a word and a way out, not in an empty window. */
import {Component, type ReactNode} from 'react'

export class ErrorBoundary extends Component<{children: ReactNode}, {hasFailed: boolean}> {
  override state = {hasFailed: false}

  static getDerivedStateFromError() {
    return {hasFailed: true}
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children
    return (
      <main className="failure">
        <h1>This page has broken down</h1>
        <p>That is a fault of ours. What you have changed is with the server.</p>
        <p className="failure-acts">
          <button type="button" className="button" data-kind="primary" onClick={() => location.reload()}>
            Load it again
          </button>
        </p>
      </main>
    )
  }
}
