/** The key of a task, with a button that copies it. */
import {useEffect, useState} from 'react'
import {IconButton} from '../parts/icon-button.tsx'
import {CopyIcon, TickIcon} from '../parts/more-icons.tsx'
import {useNotes} from '../parts/notes.tsx'

const copiedMs = 2_000

export function TaskKey({taskKey}: {taskKey: string}) {
  const {showWarning} = useNotes()
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), copiedMs)
    return () => clearTimeout(timer)
  }, [isCopied])

  async function copy() {
    try {
      await navigator.clipboard.writeText(taskKey)
      setCopied(true)
    } catch {
      showWarning({title: 'Could not copy', detail: `Select the key and copy it: ${taskKey}`})
    }
  }

  return (
    <p className="task-key">
      {taskKey}
      {/* Pages over plain HTTP have no clipboard. */}
      {isSecureContext && (
        <IconButton label={`Copy ${taskKey}`} title="Copy the key" onClick={() => void copy()}>
          {isCopied ? <TickIcon /> : <CopyIcon />}
        </IconButton>
      )}
      <span role="status">{isCopied && 'Copied'}</span>
    </p>
  )
}
