import {useEffect, useRef} from 'react'

interface DeleteQuestionProps {
  question: string
  /** Whether the deletion is in progress. Default false. */
  isBusy?: boolean
  onKeep(): void
  onDelete(): void
}

/** Asks in the place of the pressed button, because a deletion cannot be undone. The focus is on “Keep”. */
export function DeleteQuestion({question, isBusy = false, onKeep, onDelete}: DeleteQuestionProps) {
  const keep = useRef<HTMLButtonElement>(null)
  useEffect(() => keep.current!.focus(), [])
  return (
    <>
      <p role="alert">{question}</p>
      <button ref={keep} type="button" className="button" onClick={onKeep}>
        Keep
      </button>
      <button type="button" className="button" data-kind="danger" disabled={isBusy} onClick={onDelete}>
        Delete
      </button>
    </>
  )
}
