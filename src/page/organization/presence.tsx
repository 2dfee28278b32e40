/** Shows which other members have the board open, and which of them have a task open. */
import {createContext, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore} from 'react'
import {type KeptPresence, keepPresence, type PresenceEvent, type Present} from '../../client/presence.ts'
import {Avatar} from '../parts/avatar.tsx'
import {listNames} from '../parts/format.ts'
import {createObservable, type Observable, useObservable} from '../parts/observable.ts'
import {hereText, lookingAtText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import './presence.css'

/** Another member who has the board open. */
interface Other {
  id: string
  name: string
  taskIds: readonly string[]
}

interface Others {
  /** Sorted by name. */
  members: readonly Other[]
  /** The number of further members, who are not listed. */
  more: number
}

export interface BoardPresence {
  others: Observable<Others>
  /** Must be called with the events of the stream of the board. */
  receive(event: PresenceEvent): void
  /** Shows the other members that the viewer has this task open, or no task. */
  showTask(taskId: string | null): void
}

const nobody: Others = {members: [], more: 0}

/** Outside a board, the page shows nobody. */
const PresenceContext = createContext<BoardPresence>({
  others: createObservable(nobody),
  receive() {},
  showTask() {},
})
export const PresenceProvider = PresenceContext

/** Keeps the presence of the board while the component is mounted. */
export function useBoardPresence(sprintId: string): BoardPresence {
  const {me} = useSession()
  const kept = useRef<KeptPresence>(undefined)
  const presence = useMemo<BoardPresence>(
    () => ({
      others: createObservable(nobody),
      receive: event => kept.current?.receive(event),
      showTask: taskId => kept.current?.showTask(taskId),
    }),
    [],
  )
  useEffect(() => {
    const opened = keepPresence({
      sprintId,
      onPresence: present => presence.others.set(othersIn(present, me.user_id)),
    })
    kept.current = opened
    return () => {
      opened.close()
      kept.current = undefined
      presence.others.set(nobody)
    }
  }, [presence, sprintId, me.user_id])
  return presence
}

function othersIn({members, more}: Present, userId: string): Others {
  const others = members
    .filter(({user_id}) => user_id !== userId)
    .map(({user_id: id, name, task_ids: taskIds}) => ({id, name, taskIds}))
    .sort((one, other) => one.name.localeCompare(other.name))
  return {members: others, more}
}

/** Reports which task the viewer has open, while the component is mounted. */
export function useShownTask(taskId: string | undefined): void {
  const {showTask} = useContext(PresenceContext)
  useEffect(() => {
    showTask(taskId ?? null)
    return () => showTask(null)
  }, [showTask, taskId])
}

/** Returns the names of the other members who have the task open. */
export function useViewers(taskId: string): readonly string[] {
  const {others} = useContext(PresenceContext)
  // A text is compared by its value, so a card renders only when its own viewers change.
  const names = useSyncExternalStore(others.subscribe, () =>
    others
      .get()
      .members.filter(({taskIds}) => taskIds.includes(taskId))
      .map(({name}) => name)
      .join('\n'),
  )
  return useMemo(() => (names ? names.split('\n') : []), [names])
}

const maxFaces = 5
const maxViewerFaces = 2
// Members come and go. Without this delay, a screen reader would interrupt the viewer again and again.
const announceAfterMs = 5_000

/** The faces of the other members who have the board open. Without others, their place stays empty. */
export function Faces({titleOf}: {titleOf(taskId: string): string | undefined}) {
  const {others} = useContext(PresenceContext)
  const {members, more} = useObservable(others)
  const shown = members.slice(0, maxFaces)
  const rest = members.slice(maxFaces).map(({name}) => name)
  const count = rest.length + more
  const announced = useSettled(hereText(members, more), announceAfterMs)
  return (
    <div className="faces-place">
      {members.length > 0 && (
        <ul className="faces" aria-label="Also on this board">
          {shown.map(({id, name, taskIds}) => {
            const text = lookingAtText(
              name,
              taskIds.map(titleOf).filter(title => title !== undefined),
            )
            return (
              <li key={id} title={text}>
                <Avatar name={name} />
                <span className="visually-hidden">{text}</span>
              </li>
            )
          })}
          {count > 0 && (
            <li className="faces-more" title={[...rest, ...(more > 0 ? [`${more} more`] : [])].join(', ')}>
              +{count}
              <span className="visually-hidden"> more: {listNames(rest, rest.length)}</span>
            </li>
          )}
        </ul>
      )}
      <p className="visually-hidden" aria-live="polite">
        {announced}
      </p>
    </div>
  )
}

/** Small faces of the other members who have the task open. */
export function ViewerFaces({names}: {names: readonly string[]}) {
  if (names.length === 0) return null
  const more = names.length - maxViewerFaces
  return (
    <span
      className="viewers"
      title={`${listNames(names, 5)} ${names.length === 1 ? 'has' : 'have'} this task open`}
    >
      {names.slice(0, maxViewerFaces).map((name, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two members can have the same name
        <Avatar key={index} name={name} />
      ))}
      {more > 0 && <span className="viewers-more">+{more}</span>}
    </span>
  )
}

/** Returns the value after it has not changed for `delayMs`. The first value is returned immediately. */
function useSettled(value: string, delayMs: number): string {
  const [settled, settle] = useState(value)
  useEffect(() => {
    if (settled === value) return
    const timer = setTimeout(() => settle(value), delayMs)
    return () => clearTimeout(timer)
  }, [settled, value, delayMs])
  return settled
}
