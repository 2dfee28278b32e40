/** Adding, editing and deleting stories. */
import {useState} from 'react'
import type {Sprint} from '../board/sprint.ts'
import type {Story} from '../board/story.ts'
import {edited, FormDialog, TextField, textOf} from './form-dialog.tsx'
import {useLoaded} from './loaded.ts'
import {readAll, useSession} from './session.tsx'

interface NewStoryProps {
  projectId: string
  sprintId: string | null
  onClose(): void
}

export function NewStory({projectId, sprintId, onClose}: NewStoryProps) {
  const {api} = useSession()
  return (
    <FormDialog
      title="New story"
      action="Add story"
      onClose={onClose}
      onSubmit={fields =>
        api.call('POST', `/projects/${projectId}/stories`, {...readStory(fields), sprint_id: sprintId})
      }
    >
      <StoryFields />
    </FormDialog>
  )
}

export function EditStory({story, onClose}: {story: Story; onClose(): void}) {
  const {api} = useSession()
  const [isDeleting, setDeleting] = useState(false)
  const sprints = useLoaded(story.project_id, () =>
    readAll<Sprint>(api, `/projects/${story.project_id}/sprints`),
  )
  if (isDeleting) return <DeleteStory story={story} onClose={onClose} />
  return (
    <FormDialog
      title="Edit story"
      action="Save"
      onClose={onClose}
      onSubmit={fields =>
        api.call(
          'PATCH',
          `/stories/${story.id}`,
          edited(
            {
              ...readStory(fields),
              ...(sprints.value && {sprint_id: textOf(fields, 'sprint') || null}),
            },
            story,
          ),
        )
      }
    >
      <StoryFields story={story} />
      {sprints.value && (
        <label className="field">
          <span>Sprint</span>
          <select name="sprint" className="select" defaultValue={story.sprint_id ?? ''}>
            <option value="">None</option>
            {sprints.value.map(({id, name}) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <button type="button" className="link-button" data-tone="danger" onClick={() => setDeleting(true)}>
        Delete this story…
      </button>
    </FormDialog>
  )
}

function DeleteStory({story, onClose}: {story: Story; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="Delete story"
      action="Delete"
      tone="danger"
      onClose={onClose}
      onSubmit={() => api.call('DELETE', `/stories/${story.id}`)}
    >
      <p>“{story.title}” and all its tasks will be gone for everybody. This cannot be undone.</p>
    </FormDialog>
  )
}

function StoryFields({story}: {story?: Story}) {
  return (
    <>
      <TextField label="Title" name="title" value={story?.title} isRequired />
      <TextField label="Description" name="description" value={story?.description} isLong />
    </>
  )
}

function readStory(fields: FormData) {
  return {title: textOf(fields, 'title'), description: textOf(fields, 'description')}
}
