import {initials} from './format.ts'

/**
 * A member's initials. Screen readers skip the initials, because the name is next to them. If `isMe` is true, the
 * avatar has the accent colour.
 */
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
