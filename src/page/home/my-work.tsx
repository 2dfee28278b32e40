/** The page of the viewer's own work in all projects: the questions to the viewer, and the viewer's tasks. */
import {type KeyboardEvent, useEffect, useState} from 'react'
import type {BoardTask, Escalation, Project, Sprint} from '../../client/client.ts'
import {ConnectionNote} from '../frame/connection-note.tsx'
import {TopBar} from '../frame/top-bar.tsx'
import {addressOf} from '../organization/task-address.ts'
import {StatusIcon} from '../parts/icons.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {useNow} from '../parts/now.ts'
import {Empty, Failure, LoadError, Loading} from '../parts/page-states.tsx'
import {usePageTitle} from '../parts/page-title.ts'
import {Link} from '../parts/route.tsx'
import {ScreenHeading} from '../parts/screen-heading.tsx'
import {DueFact, PriorityFact} from '../parts/task-facts.tsx'
import {failureSentence, statusLabels} from '../parts/words.ts'
import {OpenQuestion} from '../questions/question.tsx'
import {useAnsweredMeanwhile} from '../questions/unsent-answers.ts'
import {useSession} from '../session/session.tsx'
import homeStyles from './home.css?inline'
import type {Home} from './home-state.ts'
import {useLiveHome} from './live-home.ts'
import styles from './my-work.css?inline'
import {
  groupedWork,
  type WorkFilter,
  type WorkGroup,
  workFilterIn,
  workGroupLabels,
  workGroups,
  workQueryOf,
} from './work-groups.ts'

addStyles(homeStyles)
addStyles(styles)

const title = 'My work'
const doneMs = 7 * 24 * 60 * 60 * 1000
const doneSinceAt = (now: number) => new Date(now - doneMs).toISOString()

export function MyWork() {
  const [doneSince] = useState(() => doneSinceAt(Date.now()))
  const {home, startError, ownTasks, connections} = useLiveHome(undefined, doneSince)
  usePageTitle(title)
  const error = home.value ? undefined : (home.error ?? startError)
  return (
    <>
      <TopBar trail={[{label: title, href: '/my-work'}]} connections={connections} />
      <ConnectionNote connections={connections} />
      {error !== undefined ? (
        <Failure
          title="Could not load your work"
          detail={failureSentence(error)}
          onRetry={home.error ? home.refetch : connections[0]!.reconnect}
        />
      ) : (
        <main className="home my-work">
          <LoadError of={ownTasks}>Could not load your tasks.</LoadError>
          {home.value && ownTasks.value ? (
            <Work home={home.value} tasks={ownTasks.value.tasks} />
          ) : (
            <>
              <div className="home-head">
                <ScreenHeading>{title}</ScreenHeading>
              </div>
              {ownTasks.error === undefined && <Loading label="Loading your work" />}
            </>
          )}
        </main>
      )}
    </>
  )
}

function Work({home, tasks}: {home: Home; tasks: readonly BoardTask[]}) {
  const {me} = useSession()
  const [filter, setFilter] = useWorkFilter()
  const kept = useAnsweredMeanwhile(home.escalations)
  const isForMe = ({id, status, assignee_user_id}: Escalation) =>
    assignee_user_id === me.user_id && (status === 'open' || kept.has(id))
  const isOfProject = ({project_id}: {project_id: string}) =>
    filter.project === '' || project_id === filter.project
  const isQuestionShown = filter.show === 'all' || filter.show === 'waiting'
  const questions = isQuestionShown ? home.escalations.filter(isForMe).filter(isOfProject) : []
  // An event of a task can arrive before the event of its project.
  const known = tasks.filter(({project_id}) => home.projects.some(({id}) => id === project_id))
  const groups = groupedWork(known, filter, doneSinceAt(useNow()))
  const isEmpty = questions.length + groups.length === 0
  const isFiltering = workQueryOf(filter) !== ''

  return (
    <>
      <div className="home-head">
        <ScreenHeading>{title}</ScreenHeading>
        <Filters projects={home.projects} filter={filter} onFilter={setFilter} />
      </div>
      {isEmpty && !isFiltering && (
        <Empty
          title="Nothing waits for you"
          detail="Tasks that you take on a board appear here, and so do questions to you."
        />
      )}
      {isEmpty && isFiltering && (
        <Empty title="Nothing matches the filters">
          <button type="button" className="button" onClick={() => setFilter({project: '', show: 'all'})}>
            Clear filters
          </button>
        </Empty>
      )}
      {questions.length > 0 && (
        <section className="block" aria-label="Waiting for you">
          <header className="block-head">
            <h2>Waiting for you</h2>
            <span className="work-count">{questions.length}</span>
          </header>
          <ul className="questions">
            {questions.map(escalation => (
              <OpenQuestion key={escalation.id} escalation={escalation} isInPanel={false} />
            ))}
          </ul>
        </section>
      )}
      {groups.map(({group, tasks}) => (
        <Group key={group} group={group} tasks={tasks} home={home} />
      ))}
    </>
  )
}

interface FiltersProps {
  projects: readonly Project[]
  filter: WorkFilter
  onFilter(filter: WorkFilter): void
}

function Filters({projects, filter, onFilter}: FiltersProps) {
  const named = projects.toSorted((one, other) => one.name.localeCompare(other.name))
  const isUnknown = filter.project !== '' && !projects.some(({id}) => id === filter.project)
  return (
    <search className="work-filters" aria-label="Filters">
      <select
        className="select"
        aria-label="Filter by project"
        data-active={filter.project !== '' || undefined}
        value={filter.project}
        onChange={event => onFilter({...filter, project: event.currentTarget.value})}
      >
        <option value="">All projects</option>
        {named.map(({id, name}) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        {isUnknown && <option value={filter.project}>Unknown project</option>}
      </select>
      <select
        className="select"
        aria-label="Filter by status"
        data-active={filter.show !== 'all' || undefined}
        value={filter.show}
        onChange={event => onFilter({...filter, show: event.currentTarget.value as WorkFilter['show']})}
      >
        <option value="all">Everything</option>
        <option value="waiting">Waiting for you</option>
        {workGroups.map(group => (
          <option key={group} value={group}>
            {workGroupLabels[group]}
          </option>
        ))}
      </select>
    </search>
  )
}

interface GroupProps {
  group: WorkGroup
  tasks: readonly BoardTask[]
  home: Home
}

function Group({group, tasks, home}: GroupProps) {
  return (
    <section className="block" aria-label={workGroupLabels[group]}>
      <header className="block-head">
        <h2>{workGroupLabels[group]}</h2>
        <span className="work-count">{tasks.length}</span>
      </header>
      <ul className="own-tasks">
        {tasks.map(task => (
          <li key={task.id}>
            <WorkTask
              task={task}
              project={home.projects.find(({id}) => id === task.project_id)!}
              sprint={home.sprints.find(({id}) => id === task.sprint_id)}
            />
          </li>
        ))}
      </ul>
    </section>
  )
}

interface WorkTaskProps {
  task: BoardTask
  project: Project
  /** Undefined when the task is in the backlog. */
  sprint: Sprint | undefined
}

function WorkTask({task, project, sprint}: WorkTaskProps) {
  const {key, title, status, priority, due_on} = task
  return (
    <Link href={addressOf(task)} className="own-task work-task" onKeyDown={moveFocus}>
      <StatusIcon status={status} />
      <span className="own-task-title">
        {title}
        <span className="visually-hidden">, {statusLabels[status]}</span>
      </span>
      <span className="work-facts">
        {priority && <PriorityFact priority={priority} />}
        {due_on && <DueFact dueOn={due_on} status={status} />}
      </span>
      <span className="muted work-place">
        {key} · {project.name} · {sprint?.name ?? 'Backlog'}
      </span>
    </Link>
  )
}

/** The arrow keys, Home and End move between the tasks of all groups. Enter opens the task, because it is a link. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  const links = [...document.querySelectorAll<HTMLElement>('.work-task')]
  const current = links.indexOf(event.currentTarget)
  const index = {ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: links.length - 1}[event.key]
  const link = index === undefined ? undefined : links[index]
  if (!link) return
  event.preventDefault()
  link.focus()
}

/**
 * Returns the filter. Each change is written into the address, without a new entry in the history. A link to this page,
 * and the browser's Back button, change the filter.
 */
function useWorkFilter(): [WorkFilter, (filter: WorkFilter) => void] {
  const [filter, setFilter] = useState(() => workFilterIn(location.search))
  const query = workQueryOf(filter)
  useEffect(() => {
    if (!isHere() || location.search === query) return
    history.replaceState(history.state, '', location.pathname + query + location.hash)
  }, [query])
  useEffect(() => {
    const onAddress = () => isHere() && setFilter(workFilterIn(location.search))
    addEventListener('popstate', onAddress)
    return () => removeEventListener('popstate', onAddress)
  }, [])
  return [filter, setFilter]
}

/** Whether the address is still the one of this page. */
function isHere(): boolean {
  return /^\/my-work\/?$/.test(location.pathname)
}
