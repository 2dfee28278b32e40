/** The dialog in which the viewer asks the owner of a task for the task. */
import {useRef} from 'react'
import {flushSync} from 'react-dom'
import type {BoardTask} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {useMembers} from '../organization/organization-stream.tsx'
import {TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {useOpened} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'
import {useRecordFinal} from '../undo/record-act.tsx'

interface AskReleaseProps {
  task: BoardTask
  onClose(): void
}

const defaultQuestion = 'May I take over this task?'

export function AskRelease({task, onClose}: AskReleaseProps) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  const [, open] = useOpened()
  const owner = memberName(useMembers(), task.owner_user_id)
  const askedId = useRef<string>(undefined)

  async function send(fields: FormData) {
    const sent = api.call('POST /projects/{id}/escalations', {
      params: {id: task.project_id},
      body: {
        kind: 'release',
        question: textOf(fields, 'question') || defaultQuestion,
        task_id: task.id,
        story_id: task.story_id,
      },
    })
    askedId.current = (await recordFinal(`Release requested: ${task.key}`, sent)).id
  }

  /** As after a question, the page scrolls to the request, so that the member sees it. */
  function close() {
    flushSync(onClose)
    if (askedId.current) open({taskId: task.id, questionId: askedId.current})
  }

  return (
    <FormDialog
      title={`Ask ${owner} to release ${task.key}`}
      action="Ask for release"
      draftKey={`release ${task.id}`}
      onClose={close}
      onSubmit={send}
    >
      <p>
        If {owner} releases “{task.title}”, you become its owner at once.
      </p>
      <TextField name="question" placeholder={`${defaultQuestion} (You can add a reason.)`} rows={3} />
    </FormDialog>
  )
}
