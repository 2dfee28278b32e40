import {initials} from './words.ts'

/** A member's initials; the name stands beside it or is read out. The viewer's own has the accent. */
export function Avatar({name, isMe = false}: {name: string; isMe?: boolean}) {
  return (
    <span className="avatar" data-me={isMe || undefined} aria-hidden="true">
      {initials(name)}
    </span>
  )
}

/** The place of somebody who is not there yet. */
export function Nobody() {
  return <span className="avatar" data-nobody aria-hidden="true" />
}
