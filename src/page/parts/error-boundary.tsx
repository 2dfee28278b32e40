/**
 * Shows a message when a component throws during rendering. Without this component, the error would leave the window
 * empty.
 */
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
        <h1>Something went wrong</h1>
        <p>The page stopped because of an error. Changes that you saved are not lost.</p>
        <p className="failure-actions">
          <button type="button" className="button" data-kind="primary" onClick={() => location.reload()}>
            Reload page
          </button>
        </p>
      </main>
    )
  }
}
