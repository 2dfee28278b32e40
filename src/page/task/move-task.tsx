/** Moves a task to another story of its project, and to the sprint of this story. */
import type {BoardTask, Story} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {failureText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRecordAct} from '../undo/record-act.tsx'
import {StoryPicker} from './story-picker.tsx'

interface MoveTaskProps {
  task: BoardTask
  onClose(): void
}

export function MoveTask({task, onClose}: MoveTaskProps) {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const record = useRecordAct()

  async function move({id, title}: Story) {
    const saved = api.call('PATCH /tasks/{id}', {params: {id: task.id}, body: {story_id: id}})
    record(
      saved.then(after => ({kind: 'task', before: task, after, fields: ['story_id']})),
      {title: 'Task moved', detail: `${task.title} is now in “${title}”.`},
    )
    try {
      await saved
    } catch (error) {
      showWarning(failureText(error, task.title))
    }
  }

  return (
    <StoryPicker
      title={`Move “${task.title}”`}
      projectId={task.project_id}
      sprintId={task.sprint_id}
      currentId={task.story_id}
      onChoose={story => void move(story)}
      onClose={onClose}
    />
  )
}
