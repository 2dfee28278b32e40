/** A dialog in which the member chooses the story to which tasks move. */
import type {Story} from '../../client/client.ts'
import {ChoiceDialog} from '../parts/choice-dialog.tsx'
import {useFetched} from '../parts/fetched.ts'
import {LoadError} from '../parts/page-states.tsx'
import {useSession} from '../session/session.tsx'
import {storyChoices} from './story-choices.ts'

interface StoryPickerProps {
  title: string
  projectId: string
  /** The sprint of the tasks, or null when they are in the backlog. */
  sprintId: string | null
  /** The story that the tasks already belong to. Default: all open stories can be chosen. */
  currentId?: string
  onChoose(story: Story): void
  onClose(): void
}

export function StoryPicker({title, projectId, sprintId, currentId, onChoose, onClose}: StoryPickerProps) {
  const {api} = useSession()
  const params = {id: projectId}
  const fetched = useFetched(projectId, async () => {
    const [stories, sprints] = await Promise.all([
      api.all('GET /projects/{id}/stories', {params}),
      api.all('GET /projects/{id}/sprints', {params}),
    ])
    return {stories, sprints}
  })
  const {stories = [], sprints = []} = fetched.value ?? {}
  const others = stories.filter(({id}) => id !== currentId)
  return (
    <ChoiceDialog
      title={title}
      placeholder="Type to find a story or a sprint"
      emptyText={fetched.value ? 'No other open story has this title.' : 'Loading the stories…'}
      choices={storyChoices(others, sprints, sprintId)}
      onChoose={storyId => onChoose(others.find(({id}) => id === storyId)!)}
      footer={<LoadError of={fetched}>Could not load the stories.</LoadError>}
      onClose={onClose}
    />
  )
}
