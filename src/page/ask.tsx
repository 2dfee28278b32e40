/** To ask a question that holds up the work: of a project, or of one of its tasks. */
import type {Member} from '../board/member.ts'
import type {Project} from '../board/project.ts'
import type {Task} from '../board/task.ts'
import {FormDialog, TextField, textOf} from './form-dialog.tsx'
import {useSession} from './session.tsx'

interface AskProps {
  /** Of which the viewer chooses one. */
  projects?: readonly Project[]
  /** Or the task that it is about. */
  task?: Task
  members: readonly Member[]
  onClose(): void
}

export function Ask({projects = [], task, members, onClose}: AskProps) {
  const {api} = useSession()

  function send(fields: FormData) {
    const projectId = task?.project_id ?? textOf(fields, 'project')
    return api.call('POST', `/projects/${projectId}/escalations`, {
      question: textOf(fields, 'question'),
      assignee_user_id: textOf(fields, 'assignee') || null,
      ...(task && {task_id: task.id, story_id: task.story_id}),
    })
  }

  return (
    <FormDialog
      title={task ? `Ask about “${task.title}”` : 'Ask a question'}
      action="Ask"
      onClose={onClose}
      onSubmit={send}
    >
      <TextField
        label="Question"
        name="question"
        hint="What can the work not go on without?"
        isLong
        isRequired
      />
      <div className="field-row">
        {!task && (
          <label className="field">
            <span>Project</span>
            <select name="project" className="select">
              {projects.map(({id, name}) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label className="field">
          <span>For</span>
          <select name="assignee" className="select">
            <option value="">Anybody</option>
            {members.map(({id, name}) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
    </FormDialog>
  )
}
