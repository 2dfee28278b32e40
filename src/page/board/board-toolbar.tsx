/** The toolbar of a board: grouping, filters, and buttons that add stories and tasks. */
import type {Ref} from 'react'
import {PersonIcon, PlusIcon, SearchIcon} from '../parts/icons.tsx'
import type {Settings} from '../parts/settings.ts'
import {statuses, statusLabels} from '../parts/words.ts'
import type {Filter} from './board-view.ts'

interface BoardToolbarProps {
  filter: Filter
  onFilter(filter: Filter): void
  grouping: Settings['grouping']
  onGrouping(grouping: Settings['grouping']): void
  /** When this function is undefined, the button that adds a task is not shown. */
  onAddTask: (() => void) | undefined
  onAddStory: (() => void) | undefined
  searchRef: Ref<HTMLInputElement>
  /** Called when Escape is pressed in the text filter. This function must move the focus back to the cards. */
  onLeaveSearch(): void
}

export function BoardToolbar(props: BoardToolbarProps) {
  const {filter, onFilter, grouping, onGrouping, onAddTask, onAddStory, searchRef, onLeaveSearch} = props
  return (
    <search className="toolbar" aria-label="Board toolbar">
      <fieldset className="segmented">
        <legend className="visually-hidden">Group tasks</legend>
        {(['status', 'story'] as const).map(value => (
          <label key={value}>
            <input
              type="radio"
              name="grouping"
              checked={grouping === value}
              onChange={() => onGrouping(value)}
            />
            <span>{value === 'status' ? 'By status' : 'By story'}</span>
          </label>
        ))}
      </fieldset>
      <label className="search">
        <SearchIcon />
        <span className="visually-hidden">Filter by text</span>
        <input
          ref={searchRef}
          type="search"
          value={filter.text}
          placeholder="Filter"
          autoComplete="off"
          spellCheck={false}
          aria-keyshortcuts="/"
          onChange={event => onFilter({...filter, text: event.currentTarget.value})}
          onKeyDown={event => {
            if (event.key !== 'Escape') return
            event.preventDefault()
            onFilter({...filter, text: ''})
            onLeaveSearch()
          }}
        />
      </label>
      <button
        type="button"
        className="button toggle"
        aria-pressed={filter.isMine}
        aria-keyshortcuts="q"
        onClick={() => onFilter({...filter, isMine: !filter.isMine})}
      >
        <PersonIcon />
        <span className="wide-only">My tasks</span>
      </button>
      <select
        className="select"
        aria-label="Filter by status"
        value={filter.status}
        onChange={event => onFilter({...filter, status: event.currentTarget.value as Filter['status']})}
      >
        <option value="all">All statuses</option>
        <option value="open">Open</option>
        {statuses.map(status => (
          <option key={status} value={status}>
            {statusLabels[status]}
          </option>
        ))}
      </select>
      <span className="toolbar-space" />
      {onAddStory && (
        <button type="button" className="button" onClick={onAddStory}>
          <PlusIcon />
          <NewLabel noun="story" />
        </button>
      )}
      {onAddTask && (
        <button type="button" className="button" data-kind="primary" onClick={onAddTask}>
          <PlusIcon />
          <NewLabel noun="task" />
        </button>
      )}
    </search>
  )
}

/** A label such as 'New task'. A narrow window shows only 'Task', but screen readers read both words. */
function NewLabel({noun}: {noun: string}) {
  return (
    <span>
      <span className="wide-only">New </span>
      <span className="noun">{noun}</span>
    </span>
  )
}
