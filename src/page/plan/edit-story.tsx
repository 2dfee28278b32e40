/** Dialogs that create, edit and delete a story. */
import {useState} from 'react'
import {flushSync} from 'react-dom'
import {mayDelete} from '../../client/board.ts'
import type {BoardTask, Story} from '../../client/client.ts'
import {useFetched} from '../parts/fetched.ts'
import {SelectField, TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {useNotes} from '../parts/notes.tsx'
import {useSession} from '../session/session.tsx'
import type {StoryField} from '../undo/act.ts'
import {useRecordAct, useRecordFinal} from '../undo/record-act.tsx'
import {DeleteButton} from './delete-button.tsx'
import {EditWhole} from './edit-whole.tsx'

interface NewStoryProps {
  projectId: string
  /** The sprint of the new story, or null to add the story to the backlog. */
  sprintId: string | null
  onClose(): void
}

export function NewStory({projectId, sprintId, onClose}: NewStoryProps) {
  const {api} = useSession()
  const record = useRecordAct()
  return (
    <FormDialog
      title="New story"
      action="Create story"
      draftKey={`new-story ${sprintId ?? projectId}`}
      onClose={onClose}
      onSubmit={async fields => {
        const created = api.call('POST /projects/{id}/stories', {
          params: {id: projectId},
          body: {...readStory(fields), sprint_id: sprintId},
        })
        record(created.then(story => ({kind: 'created-story', story})))
        await created
      }}
    >
      <StoryFields />
    </FormDialog>
  )
}

interface EditStoryProps {
  /** A story from a board contains the tasks of the story, and may lack the description. */
  story: Omit<Story, 'description'> & {description?: string | undefined; tasks?: readonly BoardTask[]}
  isGone: boolean
  onClose(): void
}

export function EditStory({story, isGone, onClose}: EditStoryProps) {
  const {api} = useSession()
  const record = useRecordAct()
  const [isDeleting, setDeleting] = useState(false)
  const fetchSprints = () => api.all('GET /projects/{id}/sprints', {params: {id: story.project_id}})
  const sprints = useFetched(story.project_id, fetchSprints)
  const isDeletable = useDeletable(story)

  /** The story may be in a sprint that was created after the dialog opened. The field needs the name of this sprint. */
  async function fetchCurrent(): Promise<Story> {
    const current = await api.call('GET /stories/{id}', {params: {id: story.id}})
    if (sprints.value && current.sprint_id && !sprints.value.some(({id}) => id === current.sprint_id)) {
      const currentSprints = await fetchSprints()
      flushSync(() => sprints.update(() => currentSprints))
    }
    return current
  }

  if (isDeleting) return <DeleteStory story={story} onClose={onClose} />
  return (
    <EditWhole<ReturnType<typeof readEditedStory>, Story>
      title="Edit story"
      noun="story"
      known={story}
      needs={sprints}
      isGone={isGone}
      textsOf={textsOfStory}
      fetchCurrent={fetchCurrent}
      read={readEditedStory}
      patch={(request, before) => {
        const saved = api.call('PATCH /stories/{id}', {params: {id: story.id}, ...request})
        const fields = Object.keys(request.body) as StoryField[]
        record(saved.then(after => ({kind: 'story', before, after, fields})))
        return saved
      }}
      secondary={isDeletable && <DeleteButton noun="story" onClick={() => setDeleting(true)} />}
      onClose={onClose}
    >
      {opened => (
        <>
          <StoryFields texts={textsOfStory(opened)} />
          <SelectField
            name="sprint_id"
            value={opened.sprint_id ?? ''}
            options={[
              {id: '', label: 'None (backlog)'},
              ...(sprints.value ?? [])
                .filter(({id, status}) => id === opened.sprint_id || status !== 'closed')
                .map(({id, name}) => ({id, label: name})),
            ]}
          />
        </>
      )}
    </EditWhole>
  )
}

/**
 * Returns whether the viewer may delete the story with all its tasks. If the tasks are unknown and the viewer is not
 * an admin, the tasks are fetched. The result is false until the tasks have arrived.
 */
function useDeletable({id, tasks: known}: EditStoryProps['story']): boolean {
  const {api, me} = useSession()
  const isFetched = known === undefined && me.role !== 'admin'
  const fetched = useFetched(isFetched && id, () => api.all('GET /stories/{id}/tasks', {params: {id}}))
  const tasks: readonly BoardTask[] | undefined = known ?? fetched.value
  return me.role === 'admin' || tasks?.every(task => mayDelete(task, me)) === true
}

function DeleteStory({story, onClose}: {story: Pick<Story, 'id' | 'title'>; onClose(): void}) {
  const {api} = useSession()
  const {showNote} = useNotes()
  const recordFinal = useRecordFinal()
  return (
    <FormDialog
      title="Delete story?"
      action="Delete story"
      tone="danger"
      onClose={onClose}
      onSubmit={async () => {
        const deletion = api.call('DELETE /stories/{id}', {params: {id: story.id}})
        await recordFinal(`Story deleted: ${story.title}`, deletion)
        showNote({title: 'Deleted. This cannot be undone.', detail: story.title})
      }}
    >
      <p>This permanently deletes “{story.title}” and all of its tasks. It cannot be undone.</p>
    </FormDialog>
  )
}

function StoryFields({texts}: {texts?: ReturnType<typeof textsOfStory>}) {
  return (
    <>
      <TextField name="title" value={texts?.title} isRequired />
      <TextField name="description" value={texts?.description} rows={4} />
    </>
  )
}

function readStory(fields: FormData) {
  return {title: textOf(fields, 'title'), description: textOf(fields, 'description')}
}

function readEditedStory(fields: FormData) {
  return {...readStory(fields), sprint_id: textOf(fields, 'sprint_id') || null}
}

/** The inverse function of `readEditedStory`. */
function textsOfStory({title, description, sprint_id}: Story) {
  return {title, description, sprint_id: sprint_id ?? ''}
}
