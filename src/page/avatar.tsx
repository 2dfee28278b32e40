import {initials} from './format.ts'

/** A member's initials, hidden from screen readers because the name is always beside them. `isMe` adds the accent. */
export function Avatar({name, isMe = false}: {name: string; isMe?: boolean}) {
  return (
    <span className="avatar" data-me={isMe || undefined} aria-hidden="true">
      {initials(name)}
    </span>
  )
}

/** The placeholder for a task without an owner. */
export function EmptyAvatar() {
  return <span className="avatar" data-empty aria-hidden="true" />
}
