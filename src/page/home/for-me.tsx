/** What waits for the viewer: the tasks that the viewer owns, and the questions to the viewer. */
import {isHeld} from '../../client/board.ts'
import type {BoardTask, Escalation, Project} from '../../client/client.ts'
import {addressOf} from '../organization/task-address.ts'
import type {Fetched} from '../parts/fetched.ts'
import {StatusIcon} from '../parts/icons.tsx'
import {LoadError} from '../parts/page-states.tsx'
import {Link} from '../parts/route.tsx'
import {statusLabels} from '../parts/words.ts'
import {OpenQuestion} from '../questions/question.tsx'
import type {OwnTasks} from './own-tasks.ts'

interface ForMeProps {
  tasks: Fetched<OwnTasks>
  /** The questions to the viewer that are open, or to which the viewer is still writing an answer. */
  questions: Escalation[]
  projects: Project[]
}

export function ForMe({tasks, questions, projects}: ForMeProps) {
  const shown = (tasks.value?.tasks ?? []).filter(
    task => isHeld(task) && projects.some(({id}) => id === task.project_id),
  )
  const isEmpty = tasks.value !== undefined && shown.length + questions.length === 0
  return (
    <section className="block for-me" aria-label="Waiting for you">
      <header className="block-head">
        <h2>Waiting for you</h2>
        <Link href="/my-work" className="button">
          My work
        </Link>
      </header>
      <LoadError of={tasks}>Could not load your tasks.</LoadError>
      {isEmpty && <p className="muted">Nothing waits for you. Take a task from a board.</p>}
      {questions.length > 0 && (
        <ul className="questions">
          {questions.map(escalation => (
            <OpenQuestion key={escalation.id} escalation={escalation} isInPanel={false} />
          ))}
        </ul>
      )}
      {shown.length > 0 && (
        <ul className="own-tasks">
          {shown.map(task => (
            <li key={task.id}>
              <OwnTask task={task} project={projects.find(({id}) => id === task.project_id)!} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function OwnTask({task, project}: {task: BoardTask; project: Project}) {
  const {key, title, status} = task
  return (
    <Link href={addressOf(task)} className="own-task">
      <StatusIcon status={status} />
      <span className="own-task-title">{title}</span>
      <span className="muted">
        {key} · {statusLabels[status]} · {project.name}
      </span>
    </Link>
  )
}
