/** The questions about one task. */
import type {BoardEvent, Escalation} from '../../client/client.ts'
import {useOrganizationEvents} from '../organization/organization-stream.tsx'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {LoadError} from '../parts/page-states.tsx'
import {useSession} from '../session/session.tsx'
import {QuestionList} from './question-list.tsx'

/** Fetches the questions about a task. The stream of the organization keeps them up to date. */
export function useTaskQuestions(task: {id: string; project_id: string}): Fetched<Escalation[]> {
  const {api} = useSession()
  const {isReady} = useOrganizationEvents({
    onEvent: event => questions.update(known => withEvent(known, event, task.id)),
    onReset: () => questions.refetch(),
  })
  const questions = useFetched<Escalation[]>(isReady && `questions ${task.id}`, () =>
    api.all('GET /projects/{id}/escalations', {params: {id: task.project_id}, query: {task: task.id}}),
  )
  return questions
}

interface TaskQuestionsProps {
  questions: Fetched<Escalation[]>
  onAsk(): void
}

export function TaskQuestions({questions, onAsk}: TaskQuestionsProps) {
  const {me} = useSession()
  return (
    <section className="task-questions" aria-label="Questions">
      <header className="task-questions-head">
        <h3>Questions</h3>
        {me.role !== 'viewer' && (
          <button type="button" className="link-button" onClick={onAsk}>
            Ask a question
          </button>
        )}
      </header>
      <LoadError of={questions}>Could not load the questions.</LoadError>
      {questions.value?.length === 0 && <p className="muted">No questions yet.</p>}
      {questions.value && <QuestionList escalations={questions.value} isInPanel />}
    </section>
  )
}

/** Returns the questions of the task after the event. When nothing changes, returns the same array. */
function withEvent(known: Escalation[], event: BoardEvent, taskId: string): Escalation[] {
  if (event.type !== 'escalation.created' && event.type !== 'escalation.responded') return known
  const {escalation} = event
  if (escalation.task_id !== taskId) return known
  const index = known.findIndex(({id}) => id === escalation.id)
  if (index === -1) return [...known, escalation]
  // A fetched question can be newer than the event of its creation.
  return event.type === 'escalation.created' ? known : known.with(index, escalation)
}
