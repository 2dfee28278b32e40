/**
 * Parts of the page that the browser loads when they are needed, or a little earlier: their code is no part of the first
 * load. Code that could not be loaded is loaded again when the member asks for it.
 */
import {type ComponentType, type ReactNode, useEffect, useReducer, useState} from 'react'
import {Dialog, type DialogKind} from './dialog.tsx'
import {Failure, Loading} from './page-states.tsx'

export interface LazyPart<Props> {
  (props: Props): ReactNode
  /** Loads the code. Rejects when the code could not be loaded. */
  load(): Promise<void>
  /** Starts to load the code. A failure is ignored, because the part loads its code again when it is rendered. */
  preload(): void
}

interface Views<Props> {
  /** Rendered while the code is loading. A style sheet shows it only after a delay, so that it does not flicker. */
  pending(props: Props): ReactNode
  failed(props: Props, retry: () => void): ReactNode
}

/** A screen of the page. `load` imports the module of the component. */
export function lazyScreen<Props extends object>(load: () => Promise<ComponentType<Props>>): LazyPart<Props> {
  return lazyPart(load, {
    pending: () => <Loading />,
    failed: (_, retry) => (
      <Failure title="Could not load this page" detail={failureText} onRetry={retry} isReloadable />
    ),
  })
}

/**
 * A dialog, or a panel when `kind` is `side`. `load` imports the module of the component. While the code is loading, keys
 * already belong to the dialog, and not to what is below it.
 */
export function lazyDialog<Props extends {onClose(): void}>(
  load: () => Promise<ComponentType<Props>>,
  kind: DialogKind = 'center',
): LazyPart<Props> {
  return lazyPart(load, {
    pending: ({onClose}) => (
      <Dialog title="Loading" kind={kind} isPending onClose={onClose}>
        <Loading />
      </Dialog>
    ),
    failed: ({onClose}, retry) => <FailedDialog kind={kind} onClose={onClose} onRetry={retry} />,
  })
}

/** A menu. Nothing is shown while its code is loading, because the code is usually there before the menu is opened. */
export function lazyMenu<Props extends {onClose(): void}>(
  load: () => Promise<ComponentType<Props>>,
): LazyPart<Props> {
  return lazyPart(load, {
    pending: () => null,
    failed: ({onClose}, retry) => <FailedDialog kind="center" onClose={onClose} onRetry={retry} />,
  })
}

function FailedDialog({kind, onClose, onRetry}: {kind: DialogKind; onClose(): void; onRetry(): void}) {
  return (
    <Dialog title="Could not load this part of the page" kind={kind} onClose={onClose}>
      <p>{failureText}</p>
      <div className="form-actions">
        <button type="button" className="button" onClick={() => location.reload()}>
          Reload page
        </button>
        <button type="button" className="button" data-kind="primary" onClick={onRetry}>
          Try again
        </button>
      </div>
    </Dialog>
  )
}

/** A part of a screen. While its code is loading, a text says so. When the code could not be loaded, a button tries again. */
export function lazyPanel<Props extends object>(load: () => Promise<ComponentType<Props>>): LazyPart<Props> {
  return lazyPart(load, {
    pending: () => <Loading />,
    failed: (_, retry) => (
      <p className="form-error">
        {failureText}{' '}
        <button type="button" className="link-button" onClick={retry}>
          Try again
        </button>
      </p>
    ),
  })
}

/** A view with a substitute: `substitute` is rendered while the code is loading, and when it could not be loaded. */
export function lazyView<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  substitute: (props: Props) => ReactNode,
): LazyPart<Props> {
  return lazyPart(load, {pending: substitute, failed: substitute})
}

const failureText =
  'The server did not respond, or it has a new version of the page. Try again, or reload the page.'

function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  {pending, failed}: Views<Props>,
): LazyPart<Props> {
  let Loaded: ComponentType<Props> | undefined
  let loading: Promise<void> | undefined

  function start(): Promise<void> {
    loading ??= load().then(
      component => {
        Loaded = component
      },
      error => {
        loading = undefined
        throw error
      },
    )
    return loading
  }

  function Part(props: Props): ReactNode {
    const [hasFailed, setFailed] = useState(false)
    const [, render] = useReducer((renders: number) => renders + 1, 0)
    const isWaiting = !Loaded && !hasFailed
    useEffect(() => {
      if (!isWaiting) return
      let isMounted = true
      start().then(render, () => isMounted && setFailed(true))
      return () => {
        isMounted = false
      }
    }, [isWaiting])
    if (Loaded) return <Loaded {...props} />
    return hasFailed ? failed(props, () => setFailed(false)) : pending(props)
  }
  return Object.assign(Part, {load: start, preload: () => void start().catch(() => {})})
}

/** Preloads the parts when the member first moves the pointer, touches the page or presses a key. */
export function usePreload(parts: readonly LazyPart<never>[]): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the parts of a screen are always the same
  useEffect(() => {
    const stop = new AbortController()
    const preload = () => {
      stop.abort()
      for (const part of parts) part.preload()
    }
    for (const type of ['pointermove', 'pointerdown', 'keydown'])
      addEventListener(type, preload, {signal: stop.signal, capture: true, passive: true})
    return () => stop.abort()
  }, [])
}
