/** The checklist in the panel of a task: tick, add, edit, move and delete items. */
import {type FormEvent, type KeyboardEvent, useLayoutEffect, useRef, useState} from 'react'
import type {ChecklistItem, Task} from '../../client/client.ts'
import {isComposing} from '../parts/composing.ts'
import {IconButton} from '../parts/icon-button.tsx'
import {ArrowDownIcon, ArrowUpIcon, TrashIcon} from '../parts/icons.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {ProgressBar} from '../parts/progress-bar.tsx'
import {useSession} from '../session/session.tsx'
import styles from './checklist.css?inline'
import {type ChecklistChange, progressText} from './checklist-changes.ts'
import {useChecklist} from './kept-checklist.ts'

addStyles(styles)

const maxTextLength = 500 // as in the API

export function Checklist({whole}: {whole: Task}) {
  const {me} = useSession()
  const {items, pendingIds, change, unsent, setUnsent} = useChecklist(whole)
  const list = useRef<HTMLUListElement>(null)
  const mayChange = me.role !== 'viewer'
  const changedId = useRef<string>(undefined)
  const changeAndKeepFocus = (made: ChecklistChange) => {
    changedId.current = made.id
    change(made)
  }

  // The pressed button disappears with its item, or when its item becomes the first or the last.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect must run after each change of the items
  useLayoutEffect(() => {
    const id = changedId.current
    changedId.current = undefined
    if (id === undefined || document.activeElement !== document.body) return
    const item = list.current?.querySelector<HTMLElement>(`[data-item="${CSS.escape(id)}"] textarea`)
    ;(item ?? list.current)?.focus()
  }, [items])

  if (items.length === 0 && !mayChange) return null
  return (
    <section className="checklist" aria-label="Checklist">
      <header className="checklist-head">
        <h3>Checklist</h3>
        {items.length > 0 && (
          <span className="checklist-progress">
            <ProgressBar done={items.filter(({is_done}) => is_done).length} total={items.length} />
            {progressText(items)}
          </span>
        )}
      </header>
      <ul ref={list} tabIndex={-1}>
        {items.map((item, index) => (
          <Item
            key={item.id}
            item={item}
            index={index}
            isLast={index === items.length - 1}
            isPending={pendingIds.has(item.id)}
            change={mayChange ? changeAndKeepFocus : undefined}
          />
        ))}
      </ul>
      {mayChange && (
        <NewItem
          text={unsent}
          onType={setUnsent}
          onAdd={text => change({kind: 'add', id: `new ${crypto.randomUUID?.() ?? Date.now()}`, text})}
        />
      )}
    </section>
  )
}

interface ItemProps {
  item: ChecklistItem
  index: number
  isLast: boolean
  isPending: boolean
  /** Undefined when the viewer may not change the checklist. */
  change: ((change: ChecklistChange) => void) | undefined
}

function Item({item: {id, text, is_done}, index, isLast, isPending, change}: ItemProps) {
  // An item that is being created has no id on the server yet.
  const act = id.startsWith('new ') ? undefined : change
  const move = (place: number) => act?.({kind: 'move', id, place})
  return (
    <li
      className="checklist-item"
      data-item={id}
      data-done={is_done || undefined}
      data-pending={isPending || undefined}
    >
      <input
        type="checkbox"
        aria-label={text}
        checked={is_done}
        disabled={!act}
        onChange={() => act?.({kind: 'edit', id, fields: {is_done: !is_done}})}
      />
      {act ? (
        <ItemText
          text={text}
          onSave={text => act({kind: 'edit', id, fields: {text}})}
          onMove={direction => move(Math.max(0, index + direction))}
        />
      ) : (
        <span className="checklist-text">{text}</span>
      )}
      {act && (
        <span className="checklist-actions">
          {index > 0 && (
            <IconButton label={`Move up: ${text}`} title="Move up" onClick={() => move(index - 1)}>
              <ArrowUpIcon />
            </IconButton>
          )}
          {!isLast && (
            <IconButton label={`Move down: ${text}`} title="Move down" onClick={() => move(index + 1)}>
              <ArrowDownIcon />
            </IconButton>
          )}
          <IconButton
            label={`Delete item: ${text}`}
            title="Delete item"
            onClick={() => act({kind: 'remove', id})}
          >
            <TrashIcon />
          </IconButton>
        </span>
      )}
    </li>
  )
}

interface ItemTextProps {
  text: string
  onSave(text: string): void
  onMove(direction: 1 | -1): void
}

/** Enter and leaving the field save the text. Escape restores it. Alt+Up and Alt+Down move the item. */
function ItemText({text, onSave, onMove}: ItemTextProps) {
  const [value, setValue] = useState(text)
  const [known, setKnown] = useState(text)
  // When another member edits the item, the field shows the new text, except when the viewer has typed something else.
  if (text !== known) {
    setKnown(text)
    if (value === known) setValue(text)
  }

  function save() {
    const entered = value.trim()
    setValue(entered || text)
    if (entered !== '' && entered !== text) onSave(entered)
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    const direction = event.altKey && ({ArrowUp: -1, ArrowDown: 1} as const)[event.key as 'ArrowUp']
    if (direction) {
      event.preventDefault()
      onMove(direction)
    } else if (event.key === 'Enter' && !isComposing(event)) {
      event.preventDefault()
      save()
    } else if (event.key === 'Escape' && value !== text) {
      event.preventDefault() // the panel stays open
      setValue(text)
    }
  }

  return (
    <textarea
      className="checklist-text"
      rows={1}
      aria-label={`Edit item: ${text}`}
      aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
      value={value}
      maxLength={maxTextLength}
      onChange={event => setValue(event.currentTarget.value.replaceAll('\n', ' '))}
      onBlur={save}
      onKeyDown={onKeyDown}
    />
  )
}

interface NewItemProps {
  text: string
  onType(text: string): void
  onAdd(text: string): void
}

/** After an item was added, the field is ready for the next one. */
function NewItem({text, onType, onAdd}: NewItemProps) {
  function add(event: FormEvent) {
    event.preventDefault()
    if (text.trim() === '') return
    onAdd(text.trim())
    onType('')
  }

  return (
    <form className="checklist-new" onSubmit={add}>
      <input
        aria-label="New checklist item"
        placeholder="Add an item"
        value={text}
        maxLength={maxTextLength}
        autoComplete="off"
        onChange={event => onType(event.currentTarget.value)}
      />
      <button type="submit" className="button" disabled={text.trim() === ''}>
        Add
      </button>
    </form>
  )
}
