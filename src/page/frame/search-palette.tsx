/** The search: tasks, stories and comments of all projects, and the commands of the screen. */
import {type ReactNode, useMemo, useState} from 'react'
import type {Project, SearchResult, Sprint} from '../../client/client.ts'
import {useSearch} from '../organization/search.ts'
import {addressOf} from '../organization/task-address.ts'
import {UnreadCount} from '../organization/unread-count.tsx'
import {ChoiceDialog} from '../parts/choice-dialog.tsx'
import type {Choice} from '../parts/choices.ts'
import {currentCommands} from '../parts/commands.ts'
import {useFetched} from '../parts/fetched.ts'
import {CheckIcon, CommentIcon, StoryIcon} from '../parts/icons.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {MarkedText} from '../parts/marked-text.tsx'
import {ChevronIcon} from '../parts/more-icons.tsx'
import {LoadError} from '../parts/page-states.tsx'
import {go} from '../parts/route.tsx'
import {withoutMarkup} from '../parts/without-markup.ts'
import {useSession} from '../session/session.tsx'
import {matchingCommands} from './matching-commands.ts'
import styles from './search-palette.css?inline'

addStyles(styles)

/** A choice with what it does. */
type Entry = Choice & {run(): void}

const headings = {task: 'Tasks', story: 'Stories', comment: 'Comments'} as const
const icons = {task: <CheckIcon />, story: <StoryIcon />, comment: <CommentIcon />}

export function SearchPalette({onClose}: {onClose(): void}) {
  const [text, setText] = useState('')
  const {results, emptyText, fetched} = useSearch(text)
  const commands = matchingCommands(useCommandEntries(), text)
  // The commands come first, because their number does not change when the results arrive.
  const entries = [...withHeading(commands, 'Commands'), ...resultEntries(results)]
  return (
    <ChoiceDialog
      title="Search"
      placeholder="Search tasks, stories and comments"
      emptyText={emptyText}
      choices={entries}
      isFound
      onType={setText}
      onChoose={id => entries.find(entry => entry.id === id)!.run()}
      footer={<LoadError of={fetched}>Could not search.</LoadError>}
      onClose={onClose}
    />
  )
}

/** The commands of the screen, then the places to which the member can go. */
function useCommandEntries(): Entry[] {
  const {api} = useSession()
  const {commands, projectId} = useMemo(currentCommands, [])
  const projects = useFetched<Project[]>('projects', () => api.all('GET /projects'))
  const sprints = useFetched<Sprint[]>(projectId ?? false, () =>
    api.all('GET /projects/{id}/sprints', {params: {id: projectId!}}),
  )
  const places = [
    {label: 'Go to all projects', path: '/'},
    {label: 'Go to my work', path: '/my-work'},
    ...(projectId ? [{label: 'Go to the project', path: `/projects/${projectId}`}] : []),
    ...(sprints.value?.toReversed() ?? []).map(({id, name}) => ({
      label: `Go to ${name}`,
      path: `/sprints/${id}`,
    })),
    ...(projects.value ?? [])
      .filter(({id}) => id !== projectId)
      .map(({id, name}) => ({
        label: `Go to ${name}`,
        path: `/projects/${id}`,
        view: <ProjectPlace id={id} name={name} />,
      })),
  ].filter(({path}) => path !== location.pathname)
  return [
    ...commands.map(({label, run}) => ({id: label, label, run})),
    ...places.map(({path, ...place}) => ({id: path, ...place, run: () => go(path)})),
  ].map(entry => ({...entry, icon: <ChevronIcon />}))
}

/** The name of a project, with the number of its unread notifications. */
function ProjectPlace({id, name}: {id: string; name: string}) {
  return (
    <>
      Go to {name} <UnreadCount projectId={id} />
    </>
  )
}

function resultEntries(results: readonly SearchResult[]): Entry[] {
  return (['task', 'story', 'comment'] as const).flatMap(kind =>
    withHeading(results.filter(result => result.kind === kind).map(entryOf), headings[kind]),
  )
}

function withHeading(entries: readonly Entry[], heading: string): Entry[] {
  return entries.map((entry, index) => (index === 0 ? {...entry, heading} : entry))
}

function entryOf(result: SearchResult): Entry {
  const {id, kind, title} = result
  return {
    id,
    label: title,
    icon: icons[kind],
    view: <Found result={result} />,
    run: () => go(addressOfResult(result)),
  }
}

function Found({result}: {result: SearchResult}): ReactNode {
  const {kind, key, sprint_id, title, title_hits, excerpt, excerpt_hits} = result
  const hasExcerpt = kind === 'comment' || excerpt_hits.length > 0
  return (
    <span className="found">
      <span className="found-title">
        {key && <span className="muted">{key}</span>} <MarkedText text={title} hits={title_hits} />{' '}
        {sprint_id === null && <span className="muted">· in the backlog</span>}
      </span>
      {hasExcerpt && (
        <span className="found-excerpt">
          <MarkedText text={excerpt} hits={excerpt_hits} show={withoutMarkup} />
        </span>
      )}
    </span>
  )
}

function addressOfResult({key, sprint_id, project_id}: SearchResult): string {
  if (key) return addressOf({key, sprint_id, project_id})
  return sprint_id ? `/sprints/${sprint_id}` : `/projects/${project_id}`
}
