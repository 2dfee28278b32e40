/** Dialogs that create, edit and delete a story. */
import {useState} from 'react'
import type {Sprint} from '../board/sprint.ts'
import type {Story} from '../board/story.ts'
import type {BoardTask} from '../board/task.ts'
import {mayDelete} from '../board/task-rules.ts'
import {LoadingDialog, useDescription} from './description.tsx'
import {useFetched} from './fetched.ts'
import {editedFields, SelectField, TextField, textOf} from './form.tsx'
import {FormDialog} from './form-dialog.tsx'
import {fetchAll, useSession} from './session.tsx'

interface NewStoryProps {
  projectId: string
  /** The sprint of the new story, or null to add the story to the backlog. */
  sprintId: string | null
  onClose(): void
}

export function NewStory({projectId, sprintId, onClose}: NewStoryProps) {
  const {api} = useSession()
  return (
    <FormDialog
      title="New story"
      action="Create story"
      onClose={onClose}
      onSubmit={fields =>
        api.call('POST', `/projects/${projectId}/stories`, {...readStory(fields), sprint_id: sprintId})
      }
    >
      <StoryFields />
    </FormDialog>
  )
}

interface EditStoryProps {
  /** A story from a board contains the tasks of the story, and may lack the description. */
  story: Omit<Story, 'description'> & {description?: string | undefined; tasks?: readonly BoardTask[]}
  onClose(): void
}

export function EditStory({story, onClose}: EditStoryProps) {
  const {api} = useSession()
  const [isDeleting, setDeleting] = useState(false)
  const path = `/stories/${story.id}`
  const description = useDescription(path, story)
  const isDeletable = useDeletable(path, story.tasks)
  const {value: sprints} = useFetched(story.project_id, () =>
    fetchAll<Sprint>(api, `/projects/${story.project_id}/sprints`),
  )
  if (isDeleting) return <DeleteStory story={story} onClose={onClose} />
  if (description.text === undefined) {
    return <LoadingDialog title="Edit story" of={description} onClose={onClose} />
  }

  const shown: Story = {...story, description: description.text}
  const save = (fields: FormData) => {
    const sprint = sprints && {sprint_id: textOf(fields, 'sprint_id') || null}
    return api.call('PATCH', path, editedFields({...readStory(fields), ...sprint}, shown))
  }
  return (
    <FormDialog title="Edit story" action="Save changes" onClose={onClose} onSubmit={save}>
      <StoryFields story={shown} />
      {sprints && (
        <SelectField
          name="sprint_id"
          value={story.sprint_id ?? ''}
          options={[{id: '', label: 'None (backlog)'}, ...sprints.map(({id, name}) => ({id, label: name}))]}
        />
      )}
      {isDeletable && (
        <button type="button" className="link-button" data-tone="danger" onClick={() => setDeleting(true)}>
          Delete story…
        </button>
      )}
    </FormDialog>
  )
}

/**
 * Returns whether the viewer may delete the story with all its tasks. If `known` is undefined and the viewer is not
 * an admin, the tasks are fetched. The result is false until the tasks have arrived.
 */
function useDeletable(path: string, known: readonly BoardTask[] | undefined): boolean {
  const {api, me} = useSession()
  const isFetched = known === undefined && me.role !== 'admin'
  const fetched = useFetched(isFetched && path, () => fetchAll<BoardTask>(api, `${path}/tasks`))
  const tasks = known ?? fetched.value
  return me.role === 'admin' || tasks?.every(task => mayDelete(task, me)) === true
}

function DeleteStory({story, onClose}: {story: Pick<Story, 'id' | 'title'>; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="Delete story?"
      action="Delete story"
      tone="danger"
      onClose={onClose}
      onSubmit={() => api.call('DELETE', `/stories/${story.id}`)}
    >
      <p>This permanently deletes “{story.title}” and all of its tasks.</p>
    </FormDialog>
  )
}

function StoryFields({story}: {story?: Story}) {
  return (
    <>
      <TextField name="title" value={story?.title} isRequired />
      <TextField name="description" value={story?.description} rows={4} />
    </>
  )
}

function readStory(fields: FormData) {
  return {title: textOf(fields, 'title'), description: textOf(fields, 'description')}
}
