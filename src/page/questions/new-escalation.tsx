/** The dialog in which the viewer asks a question about a project or a task. */
import {useRef} from 'react'
import {flushSync} from 'react-dom'
import type {BoardTask, Member, Project} from '../../client/client.ts'
import {possibleAssignees} from '../organization/members.ts'
import {useMembers} from '../organization/organization-stream.tsx'
import {SelectField, TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {useOpened} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'
import {useRecordFinal} from '../undo/record-act.tsx'

interface NewEscalationProps {
  /** The task that the question is about. When `task` is undefined, the viewer chooses one of `projects`. */
  task?: BoardTask
  projects?: readonly Project[]
  onClose(): void
}

export function NewEscalation({task, projects = [], onClose}: NewEscalationProps) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  const [, open] = useOpened()
  const askedId = useRef<string>(undefined)
  const assignees = possibleAssignees(useMembers())

  async function send(fields: FormData) {
    const projectId = task?.project_id ?? textOf(fields, 'project')
    const sent = api.call('POST /projects/{id}/escalations', {
      params: {id: projectId},
      body: {
        question: textOf(fields, 'question'),
        assignee_user_id: textOf(fields, 'assignee_user_id') || null,
        ...(task && {task_id: task.id, story_id: task.story_id}),
      },
    })
    askedId.current = (await recordFinal('Question asked', sent)).id
  }

  /** After the question was asked, the page scrolls to it, so that the member sees it. */
  function close() {
    // The dialog must be closed before the question can get the focus.
    flushSync(onClose)
    if (askedId.current) open({taskId: task?.id, questionId: askedId.current})
  }

  return (
    <FormDialog
      title={task ? `Ask about “${task.title}”` : 'Ask a question'}
      action="Ask question"
      draftKey={`question ${task?.id ?? ''}`}
      onClose={close}
      onSubmit={send}
    >
      <TextField name="question" placeholder="What do you need to know to continue?" rows={4} isRequired />
      <div className="field-row">
        {!task && <SelectField name="project" options={projects.map(toOption)} />}
        <SelectField
          name="assignee_user_id"
          options={[{id: '', label: 'Anyone'}, ...assignees.map(toOption)]}
        />
      </div>
    </FormDialog>
  )
}

function toOption({id, name}: Project | Member) {
  return {id, label: name}
}
