/** The checklist in the panel of a task: tick, add, edit, move and delete items. */
import {type FormEvent, type KeyboardEvent, useLayoutEffect, useRef} from 'react'
import type {ChecklistItem, Task} from '../../client/client.ts'
import {isComposing} from '../parts/composing.ts'
import {IconButton} from '../parts/icon-button.tsx'
import {ArrowDownIcon, ArrowUpIcon, TrashIcon} from '../parts/icons.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {ProgressBar} from '../parts/progress-bar.tsx'
import {newKey} from '../session/repeat-safely.ts'
import {useSession} from '../session/session.tsx'
import styles from './checklist.css?inline'
import {type ChecklistChange, progressText} from './checklist-changes.ts'
import {useChecklist} from './kept-checklist.ts'
import {inField, isNewId} from './unsent-items.ts'

addStyles(styles)

const maxTextLength = 500 // as in the API

export function Checklist({whole}: {whole: Task}) {
  const {me} = useSession()
  const {items, shown, pendingIds, change, unsent, setUnsent} = useChecklist(whole)
  const list = useRef<HTMLUListElement>(null)
  const mayChange = me.role !== 'viewer'
  const {key, text: newText} = inField(unsent, pendingIds)
  const add = (text: string) => change({kind: 'add', id: `new-${newKey()}`, text})
  const focusedId = useRef<string>(undefined)

  // The focused element disappears with its item, or when its item becomes the first or the last. Safari gives no focus to a
  // pressed button.
  useLayoutEffect(() => {
    const id = focusedId.current
    if (id === undefined || document.activeElement !== document.body) return
    focusedId.current = undefined
    const item = list.current?.querySelector<HTMLElement>(`[data-item="${CSS.escape(id)}"] textarea`)
    ;(item ?? list.current)?.focus()
  })

  if (shown.length === 0 && !mayChange) return null
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
      <ul
        ref={list}
        tabIndex={-1}
        onFocus={({target}) => {
          focusedId.current = target.closest<HTMLElement>('[data-item]')?.dataset.item
        }}
        // When the focused element is removed, `onBlur` is not called.
        onBlur={() => {
          focusedId.current = undefined
        }}
      >
        {shown.map(item => (
          <Item
            key={item.id}
            item={item}
            index={items.indexOf(item)}
            isLast={item === items.at(-1)}
            isPending={pendingIds.has(item.id)}
            unsent={unsent[item.id]}
            onType={text => setUnsent(item.id, text)}
            onAdd={add}
            change={
              mayChange
                ? made => {
                    focusedId.current = made.id
                    change(made)
                  }
                : undefined
            }
          />
        ))}
      </ul>
      {mayChange && (
        <NewItem
          text={newText}
          onType={text => {
            setUnsent(key, undefined)
            setUnsent('field', text || undefined)
          }}
          onAdd={text => {
            // A text that was sent in vain is sent with the same id again.
            if (isNewId(key)) return change({kind: 'add', id: key, text})
            add(text)
            setUnsent('field', undefined)
          }}
        />
      )}
    </section>
  )
}

interface ItemProps {
  item: ChecklistItem
  /** -1 when the item was deleted while the viewer was editing it. The viewer's text then stays. */
  index: number
  isLast: boolean
  isPending: boolean
  /** The text that the viewer has typed, and that the server has not confirmed. Undefined when there is none. */
  unsent: string | undefined
  onType(text: string | undefined): void
  /** Adds another item. */
  onAdd(text: string): void
  /** Undefined when the viewer may not change the checklist. */
  change: ((change: ChecklistChange) => void) | undefined
}

function Item(props: ItemProps) {
  const {item, index, isLast, isPending, unsent, onType, onAdd, change} = props
  const {id, text, is_done} = item
  // An item that is being created has no id on the server yet.
  const act = isNewId(id) ? undefined : change
  const isDeleted = index === -1
  const move = (place: number) => !isDeleted && act?.({kind: 'move', id, place})

  function save(text: string) {
    if (!isDeleted) return act?.({kind: 'edit', id, fields: {text}})
    onAdd(text)
    onType(undefined)
  }

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
        disabled={!act || isDeleted}
        onChange={() => act?.({kind: 'edit', id, fields: {is_done: !is_done}})}
      />
      {act ? (
        <ItemText
          text={text}
          isPending={isPending}
          isDeleted={isDeleted}
          unsent={unsent}
          onType={onType}
          onSave={save}
          onMove={direction => move(Math.max(0, index + direction))}
        />
      ) : (
        <span className="checklist-text">{text}</span>
      )}
      {act && !isDeleted && (
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
      {act && unsent !== undefined && !isPending && (isDeleted || unsent !== text) && (
        <div className="checklist-unsent" data-deleted={isDeleted || undefined}>
          <p role="status">{isDeleted ? 'This item was deleted.' : 'Not saved.'}</p>
          <button type="button" className="link-button" onClick={() => onType(undefined)}>
            {isDeleted ? 'Discard my text' : 'Discard'}
          </button>
          <button
            type="button"
            className="link-button"
            disabled={unsent.trim() === ''}
            onClick={() => save(unsent.trim())}
          >
            {isDeleted ? 'Add as a new item' : 'Save'}
          </button>
        </div>
      )}
    </li>
  )
}

interface ItemTextProps extends Pick<ItemProps, 'isPending' | 'unsent' | 'onType'> {
  text: string
  isDeleted: boolean
  onSave(text: string): void
  onMove(direction: 1 | -1): void
}

/**
 * Enter and leaving the field save the text. Escape restores it, except when the item was deleted. Alt+Up and Alt+Down move
 * the item. When another member edits the item, the field shows the new text, except when the viewer has typed something
 * else.
 */
function ItemText({text, isPending, isDeleted, unsent, onType, onSave, onMove}: ItemTextProps) {
  const restore = () => onType(isPending ? text : undefined) // the text of a pending edit is unsent, too

  function save() {
    if (unsent === undefined) return
    const entered = unsent.trim()
    if (entered !== '' && (isDeleted || entered !== text)) onSave(entered)
    else restore()
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (isComposing(event)) return
    const direction = event.altKey && ({ArrowUp: -1, ArrowDown: 1} as const)[event.key as 'ArrowUp']
    if (direction) {
      event.preventDefault()
      onMove(direction)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      save()
    } else if (event.key === 'Escape' && !isDeleted && unsent !== undefined && unsent !== text) {
      event.preventDefault() // the panel stays open
      restore()
    }
  }

  return (
    <textarea
      className="checklist-text"
      rows={1}
      aria-label={`Edit item: ${text}`}
      aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
      value={unsent ?? text}
      maxLength={maxTextLength}
      onChange={event => onType(event.currentTarget.value.replaceAll('\n', ' '))}
      onBlur={isDeleted ? undefined : save}
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
