/** Moves a task to another story of its project, and to the sprint of this story. */
import type {BoardTask, Story} from '../../client/client.ts'
import {ChoiceDialog} from '../parts/choice-dialog.tsx'
import {useFetched} from '../parts/fetched.ts'
import {useNotes} from '../parts/notes.tsx'
import {LoadError} from '../parts/page-states.tsx'
import {failureText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRecordAct} from '../undo/record-act.tsx'

interface MoveTaskProps {
  task: BoardTask
  onClose(): void
}

export function MoveTask({task, onClose}: MoveTaskProps) {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const record = useRecordAct()
  const {project_id, story_id, sprint_id} = task
  const stories = useFetched(project_id, () =>
    api.all('GET /projects/{id}/stories', {params: {id: project_id}}),
  )
  const open = stories.value?.filter(({id, status}) => id !== story_id && status !== 'done') ?? []

  async function move(storyId: string) {
    const {title} = open.find(({id}) => id === storyId)!
    const answer = api.call('PATCH /tasks/{id}', {params: {id: task.id}, body: {story_id: storyId}})
    record(
      answer.then(after => ({kind: 'task', before: task, after, fields: ['story_id']})),
      {title: 'Task moved', detail: `${task.title} is now in “${title}”.`},
    )
    try {
      await answer
    } catch (error) {
      showWarning(failureText(error, task.title))
    }
  }

  return (
    <ChoiceDialog
      title={`Move “${task.title}”`}
      placeholder="Type to find a story"
      emptyText={
        stories.value ? 'The project has no other open story with this title.' : 'Loading the stories…'
      }
      choices={open.map(story => ({
        id: story.id,
        label: story.title,
        view: (
          <>
            {story.title} <span className="muted">{placeOf(story, sprint_id)}</span>
          </>
        ),
      }))}
      onChoose={id => void move(id)}
      footer={<LoadError of={stories}>Could not load the stories.</LoadError>}
      onClose={onClose}
    />
  )
}

function placeOf(story: Story, sprintId: string | null): string {
  if (story.sprint_id === null) return 'Backlog'
  return story.sprint_id === sprintId ? 'This sprint' : 'Another sprint'
}
