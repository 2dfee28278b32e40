/** A dialog in which the member chooses from a list, and types to find a choice. */
import {Fragment, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState} from 'react'
import styles from './choice-dialog.css?inline'
import {type Choice, isLabelOf, markedIndex, matchingChoices, nextMarked} from './choices.ts'
import {isComposing} from './composing.ts'
import {Dialog} from './dialog.tsx'
import {PlusIcon} from './icons.tsx'
import {addStyles} from './late-styles.ts'
import {TickIcon} from './more-icons.tsx'

addStyles(styles)

interface ChoiceDialogProps {
  title: string
  placeholder: string
  choices: readonly Choice[]
  /** The text when no choice contains what the member has typed. */
  emptyText: string
  /** Whether the dialog stays open after a choice, so that the member can choose several. */
  isMultiple?: boolean
  /** Called with the text that the member has typed, for an owner that looks for more choices. */
  onType?: (text: string) => void
  /** Whether the owner has already found the choices that match the text. Default false. */
  isFound?: boolean
  onChoose(id: string): void
  /**
   * Creates a choice with this label, and chooses it. Resolves with whether it succeeded: a refused label comes back into the
   * text field. Undefined when the member cannot create choices.
   */
  onCreate?: ((label: string) => Promise<boolean>) | undefined
  /** Shown below the list. */
  footer?: ReactNode
  onClose(): void
}

const createId = 'create' // of the entry that creates a choice
const maxShown = 100 // more choices than this are found by typing

export function ChoiceDialog(props: ChoiceDialogProps) {
  const {
    title,
    placeholder,
    choices,
    emptyText,
    isMultiple = false,
    onType,
    isFound = false,
    onChoose,
    onCreate,
    footer,
    onClose,
  } = props
  const listId = useId()
  const list = useRef<HTMLDivElement>(null)
  const [text, setText] = useState('')
  const [markedId, setMarked] = useState<string>()
  const shown = (isFound ? choices : matchingChoices(choices, text)).slice(0, maxShown)
  const isNew = onCreate !== undefined && text.trim() !== '' && !isLabelOf(choices, text)
  const ids = [...shown.map(({id}) => id), ...(isNew ? [createId] : [])]
  const current = markedIndex(ids, markedId)
  const optionId = (index: number) => `${listId}-${index}`

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list scrolls only when another choice is active
  useEffect(() => {
    list.current?.querySelector('[data-active]')?.scrollIntoView({block: 'nearest'})
  }, [current])

  async function create(onCreate: (label: string) => Promise<boolean>) {
    if (!(await onCreate(text.trim()))) setText(typed => typed || text)
  }

  function choose(index: number) {
    const choice = shown[index]
    if (choice) onChoose(choice.id)
    else if (isNew && index === shown.length) void create(onCreate)
    else return
    if (isMultiple) {
      setText('')
      setMarked(undefined)
    } else onClose()
  }

  function onKeyDown(event: KeyboardEvent) {
    if (isComposing(event)) return
    if (event.key === 'Enter') {
      event.preventDefault() // the dialog may be inside a form, which Enter would send
      choose(current)
      return
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    setMarked(nextMarked(ids, current, event.key))
  }

  const option = (index: number, {label, icon, view, isChosen, heading}: Omit<Choice, 'id'>, key: string) => (
    <Fragment key={key}>
      {heading && (
        <p className="menu-heading" role="presentation">
          {heading}
        </p>
      )}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the text field handles the keys */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text field */}
      <div
        id={optionId(index)}
        role="option"
        className="choice"
        aria-selected={isChosen === true}
        data-active={index === current || undefined}
        onPointerMove={() => setMarked(ids[index])}
        onClick={() => choose(index)}
      >
        {icon}
        <span className="choice-label">{view ?? label}</span>
        {isChosen && <TickIcon />}
      </div>
    </Fragment>
  )

  return (
    <Dialog title={title} onClose={onClose}>
      <div className="field">
        <input
          type="text"
          role="combobox"
          aria-label={placeholder}
          aria-expanded
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={current >= 0 ? optionId(current) : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={text}
          onChange={event => {
            setText(event.currentTarget.value)
            onType?.(event.currentTarget.value)
            setMarked(undefined)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        ref={list}
        id={listId}
        className="choices"
        data-found={isFound || undefined}
        role="listbox"
        aria-label={title}
        aria-multiselectable={isMultiple}
      >
        {shown.map((choice, index) => option(index, choice, choice.id))}
        {isNew && option(shown.length, {label: `Create “${text.trim()}”`, icon: <PlusIcon />}, 'create')}
      </div>
      {ids.length === 0 && (
        <p className="muted" role="status">
          {emptyText}
        </p>
      )}
      {footer}
    </Dialog>
  )
}
