/** The toolbar of a board: grouping, filters, and buttons that add stories and tasks. */
import type {ReactNode, Ref} from 'react'
import {compareRanks} from '../../client/board.ts'
import type {Board} from '../../client/client.ts'
import {presentMembers} from '../organization/members.ts'
import {isComposing} from '../parts/composing.ts'
import {PersonIcon, PlusIcon, SearchIcon} from '../parts/icons.tsx'
import type {Settings} from '../parts/settings.ts'
import {priorities, priorityLabels, statuses, statusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {byName} from '../task/labels.ts'
import {type Filter, isFiltering, nobody, noFilter} from './filter.ts'

interface BoardToolbarProps {
  board: Board
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
  const {board, filter, onFilter, grouping, onGrouping} = props
  const {onAddTask, onAddStory, searchRef, onLeaveSearch} = props
  const {me} = useSession()
  const isMine = filter.owner === me.user_id
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
      <div className="toolbar-filters">
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
              if (event.key !== 'Escape' || isComposing(event)) return
              event.preventDefault()
              onFilter({...filter, text: ''})
              onLeaveSearch()
            }}
          />
        </label>
        <button
          type="button"
          className="button toggle"
          aria-pressed={isMine}
          aria-keyshortcuts="q"
          onClick={() => onFilter({...filter, owner: isMine ? '' : me.user_id})}
        >
          <PersonIcon />
          <span className="wide-only">My tasks</span>
        </button>
        <Facets board={board} filter={filter} onFilter={onFilter} />
      </div>
      {isFiltering(filter) && (
        <button type="button" className="link-button" onClick={() => onFilter(noFilter)}>
          Clear
        </button>
      )}
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

/** The filters by owner, story, label, priority and status. */
function Facets({board, filter, onFilter}: Pick<BoardToolbarProps, 'board' | 'filter' | 'onFilter'>) {
  const members = presentMembers(board.members).toSorted((one, other) => one.name.localeCompare(other.name))
  const labels = byName(board.labels ?? [])
  const stories = board.stories.toSorted(compareRanks)
  return (
    <>
      <Facet
        label="Filter by owner"
        value={filter.owner}
        all={['', 'All owners']}
        special={[[nobody, 'No owner']]}
        known={members.map(({id, name}) => [id, name])}
        onChange={owner => onFilter({...filter, owner})}
      />
      {(stories.length > 1 || filter.story) && (
        <Facet
          label="Filter by story"
          value={filter.story}
          all={['', 'All stories']}
          known={stories.map(({id, title}) => [id, title])}
          onChange={story => onFilter({...filter, story})}
        />
      )}
      {(labels.length > 0 || filter.label) && (
        <Facet
          label="Filter by label"
          value={filter.label}
          all={['', 'All labels']}
          known={labels.map(({id, name}) => [id, name])}
          onChange={label => onFilter({...filter, label})}
        />
      )}
      <Facet
        label="Filter by priority"
        value={filter.priority}
        all={['all', 'All priorities']}
        special={[['none', 'No priority']]}
        known={priorities.map(priority => [priority, priorityLabels[priority]])}
        onChange={priority => onFilter({...filter, priority: priority as Filter['priority']})}
      />
      <Facet
        label="Filter by status"
        value={filter.status}
        all={['all', 'All statuses']}
        special={[
          ['open', 'Open'],
          ['blocked', 'Blocked'],
        ]}
        known={statuses.map(status => [status, statusLabels[status]])}
        onChange={status => onFilter({...filter, status: status as Filter['status']})}
      />
    </>
  )
}

type Option = readonly [value: string, label: string]

interface FacetProps {
  label: string
  value: string
  /** The option that shows all tasks. */
  all: Option
  /** Options before the known ones. Default: none. */
  special?: readonly Option[]
  known: readonly Option[]
  onChange(value: string): void
}

function Facet({label, value, all, special = [], known, onChange}: FacetProps): ReactNode {
  const options = [all, ...special, ...known]
  // The address can name something that was deleted.
  if (!options.some(([id]) => id === value)) options.push([value, 'Unknown'])
  return (
    <select
      className="select"
      aria-label={label}
      data-active={value !== all[0] || undefined}
      value={value}
      onChange={event => onChange(event.currentTarget.value)}
    >
      {options.map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
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
