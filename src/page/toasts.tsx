/** One subtle note at the bottom of the page: what others have changed, and what was refused. */
import {createContext, type ReactNode, useContext, useEffect, useMemo} from 'react'
import {hold, useHeld} from './held.ts'
import {IconButton} from './icon-button.tsx'
import {CloseIcon} from './icons.tsx'
import {type Change, type Gathered, gather, type Notice, tell} from './notices.ts'
import './toasts.css'

const shortly = 3_000 // milliseconds that a change of others is shown
const longer = 7_000 // the same for what concerns the viewer's own act

export interface Toasts {
  /** Others have changed something; what comes close together is told as one. */
  change(change: Change): void
  /** Something to be known: a summary, or a thing done. */
  say(notice: Notice): void
  /** The viewer's own act was refused. `taskId`: nobody needs to hear of another's change of that task as well. */
  warn(notice: Notice, taskId?: string): void
}

interface Shown {
  notice: Notice
  /** Tells one note from the next. */
  number: number
}

interface State {
  status: Shown | undefined
  warning: Shown | undefined
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
  const state = hold<State>({status: undefined, warning: undefined})
  let gathered: Gathered | undefined
  let lostTaskId: string | undefined
  let number = 0
  const show = (notice: Notice) => state.set({...state.get(), status: {notice, number: ++number}})

  const toasts: Toasts = {
    change(change) {
      // Who was faster has been said already; whoever takes the task later has not.
      if (change.taskId && change.taskId === lostTaskId && change.what === 'Task claimed') {
        lostTaskId = undefined
        return
      }
      gathered = gather(gathered, change, Date.now())
      show(tell(gathered))
    },
    say: show,
    warn(notice, taskId) {
      const isTold = taskId && gathered?.taskId === taskId
      lostTaskId = isTold ? undefined : taskId
      if (isTold) gathered = undefined
      state.set({
        status: isTold ? undefined : state.get().status,
        warning: {notice, number: ++number},
      })
    },
  }
  return {state, toasts}
}

function ToastsView({state}: {state: ReturnType<typeof createToasts>['state']}) {
  const {status, warning} = useHeld(state)
  const close = (which: keyof State) => state.set({...state.get(), [which]: undefined})

  // Both regions stand in the page from the start: what is said in a region that has just come is often not read out.
  return (
    <div className="toasts">
      <div role="alert">
        {warning && <Toast shown={warning} isWarning lasting={longer} close={() => close('warning')} />}
      </div>
      <div role="status">
        {status && <Toast shown={status} lasting={shortly} close={() => close('status')} />}
      </div>
    </div>
  )
}

interface ToastProps {
  shown: Shown
  lasting: number
  isWarning?: boolean
  close(): void
}

function Toast({shown: {notice, number}, lasting, isWarning = false, close}: ToastProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: each note has its own time
  useEffect(() => {
    const timer = setTimeout(close, lasting)
    return () => clearTimeout(timer)
  }, [number, lasting])

  return (
    <div className="toast" data-tone={isWarning ? 'warning' : undefined}>
      <div className="toast-text">
        <strong>{notice.title}</strong>
        <span>{notice.detail}</span>
      </div>
      {isWarning && (
        <IconButton label="Dismiss" onClick={close}>
          <CloseIcon />
        </IconButton>
      )}
    </div>
  )
}
