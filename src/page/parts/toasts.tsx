/** Short messages at the bottom of the page: changes by other members, and actions that failed. */
import {createContext, type ReactNode, useContext, useEffect, useMemo} from 'react'
import {addToBatch, type Change, type ChangeBatch} from './change-batch.ts'
import {IconButton} from './icon-button.tsx'
import {CloseIcon} from './icons.tsx'
import {createObservable, useObservable} from './observable.ts'
import {changesText, type ToastText} from './words.ts'
import './toasts.css'

const infoDurationMs = 3_000
const warningDurationMs = 7_000 // warnings stay visible for longer, because they concern the viewer's own action

interface Toasts {
  /** Shows a change by another member. Changes that arrive within a short time share one toast. */
  showChange(change: Change): void
  showInfo(text: ToastText): void
  /**
   * Shows why the viewer's action failed. `lostTaskId` is the id of a task that another member took before the viewer
   * could take it. No other toast shows that member's change, because the warning already names the new owner.
   */
  showWarning(text: ToastText, lostTaskId?: string): void
}

interface Toast {
  text: ToastText
  /** Distinguishes consecutive toasts with the same text. */
  number: number
}

interface State {
  info: Toast | undefined
  warning: Toast | undefined
}

const ToastsContext = createContext<Toasts | undefined>(undefined)

export function useToasts(): Toasts {
  return useContext(ToastsContext)!
}

export function ToastsProvider({children}: {children: ReactNode}) {
  const {state, toasts} = useMemo(createToasts, [])
  return (
    <ToastsContext value={toasts}>
      {children}
      <ToastsView state={state} />
    </ToastsContext>
  )
}

function createToasts() {
  const state = createObservable<State>({info: undefined, warning: undefined})
  let batch: ChangeBatch | undefined
  let suppressedTaskId: string | undefined
  let number = 0
  const showInfo = (text: ToastText) => state.set({...state.get(), info: {text, number: ++number}})

  const toasts: Toasts = {
    showInfo,
    showChange(change) {
      // A warning has already informed the user that another member took this task, so no toast is shown. When a member
      // takes the task the next time, a toast is shown.
      if (change.type === 'ownership_taken' && change.taskId === suppressedTaskId) {
        suppressedTaskId = undefined
        return
      }
      batch = addToBatch(batch, change, Date.now())
      showInfo(changesText(batch))
    },
    showWarning(text, lostTaskId) {
      // If a toast already shows that another member took the task, the warning replaces this toast.
      const isShown = lostTaskId !== undefined && batch?.changes.at(-1)?.taskId === lostTaskId
      suppressedTaskId = isShown ? undefined : lostTaskId
      if (isShown) batch = undefined
      state.set({
        info: isShown ? undefined : state.get().info,
        warning: {text, number: ++number},
      })
    },
  }
  return {state, toasts}
}

function ToastsView({state}: {state: ReturnType<typeof createToasts>['state']}) {
  const {info, warning} = useObservable(state)
  const close = (which: keyof State) => state.set({...state.get(), [which]: undefined})

  // Both live regions are always present, because screen readers often ignore the text in a new region.
  return (
    <div className="toasts">
      <div role="alert">
        {warning && (
          <ToastView
            toast={warning}
            isWarning
            durationMs={warningDurationMs}
            close={() => close('warning')}
          />
        )}
      </div>
      <div role="status">
        {info && <ToastView toast={info} durationMs={infoDurationMs} close={() => close('info')} />}
      </div>
    </div>
  )
}

interface ToastViewProps {
  toast: Toast
  durationMs: number
  isWarning?: boolean
  close(): void
}

function ToastView({toast: {text, number}, durationMs, isWarning = false, close}: ToastViewProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: each toast starts its own timer
  useEffect(() => {
    const timer = setTimeout(close, durationMs)
    return () => clearTimeout(timer)
  }, [number, durationMs])

  return (
    <div className="toast" data-tone={isWarning ? 'warning' : undefined}>
      <div className="toast-text">
        <strong>{text.title}</strong>
        {text.detail && <span>{text.detail}</span>}
      </div>
      {isWarning && (
        <IconButton label="Dismiss" onClick={close}>
          <CloseIcon />
        </IconButton>
      )}
    </div>
  )
}
