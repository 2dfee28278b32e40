/**
 * A story with its tasks, in the form of a board: the panel and the dialogs of a task need a board. A task of the backlog is
 * shown without the board of a sprint.
 */
import {createContext, useCallback, useContext, useEffect, useMemo, useRef} from 'react'
import type {ApiClient} from '../../client/api-client.ts'
import type {Board, BoardEvent, BoardTask, Sprint, Task} from '../../client/client.ts'
import type {HistorySource} from '../history/use-history.ts'
import {useMembers} from '../organization/organization-stream.tsx'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {createObservable} from '../parts/observable.ts'
import {useRefetchSoon} from '../parts/refetch-soon.ts'
import {useSession} from '../session/session.tsx'
import {useRunSteps} from '../task/run-steps.ts'
import type {Step} from '../task/task-moves.ts'

/** The events of the tasks that the page shows. */
export type HomeEvents = Omit<HistorySource, 'board'>

export const HomeEventsContext = createContext<HomeEvents>({
  latestEvent: createObservable<BoardEvent | undefined>(undefined),
  reloads: createObservable(0),
})

export function useHomeEvents(onEvent: (event: BoardEvent) => void, onReload: () => void): HomeEvents {
  const events = useContext(HomeEventsContext)
  const latest = useRef({onEvent, onReload})
  latest.current = {onEvent, onReload}
  useEffect(() => {
    const stopEvents = events.latestEvent.subscribe(() => {
      const event = events.latestEvent.get()
      if (event) latest.current.onEvent(event)
    })
    const stopReloads = events.reloads.subscribe(() => latest.current.onReload())
    return () => {
      stopEvents()
      stopReloads()
    }
  }, [events])
  return events
}

interface StoryBoard extends Fetched<Board>, HomeEvents {
  run(task: BoardTask, steps: Step[]): void
}

/** Fetches nothing while `storyId` is undefined. */
export function useStoryBoard(storyId: string | undefined, projectId: string): StoryBoard {
  const {api} = useSession()
  const members = useMembers()
  const fetched = useFetched(storyId ?? false, () => fetchStoryBoard(api, storyId!, projectId))
  const {value, update, refetch} = fetched
  const refetchSoon = useRefetchSoon(fetched, 300)
  const refetchAfterImport = useRefetchSoon(fetched, 3_000)
  const events = useHomeEvents(event => {
    if (event.type === 'board.imported' && event.project_id === projectId) refetchAfterImport()
    else if (storyId && concerns(event, storyId, projectId)) refetchSoon()
  }, refetch)
  const board = useMemo(() => value && {...value, members: [...members]}, [value, members])
  const shownBoard = useRef(board)
  shownBoard.current = board
  const last = useRef<Promise<unknown>>(Promise.resolve())
  // The steps are sent one after another, in the order of the clicks. After a failed step, the rest of its act is not sent.
  const send = useCallback(
    (taskId: string, steps: readonly Step[]) => {
      let before: Promise<unknown> = last.current
      const answers = steps.map(step => {
        const answer = before.then(async () => {
          const task = await sendStep(api, taskId, step)
          update(known => withTask(known, task))
          return task
        })
        before = answer
        return answer
      })
      const settled = Promise.allSettled(answers)
      last.current = settled
      return settled
    },
    [api, update],
  )
  return {...fetched, ...events, value: board, run: useRunSteps({send, shownBoard, isOutcomeKnown: false})}
}

/** Whether the event changes the tasks or the labels of the board. */
function concerns(event: BoardEvent, storyId: string, projectId: string): boolean {
  if ('from_story_id' in event && event.from_story_id === storyId) return true
  if ('story_id' in event) return event.story_id === storyId
  return event.type.startsWith('label.') && 'project_id' in event && event.project_id === projectId
}

async function fetchStoryBoard(api: ApiClient, id: string, projectId: string): Promise<Board> {
  const [story, tasks, labels] = await Promise.all([
    api.call('GET /stories/{id}', {params: {id}}),
    api.all('GET /stories/{id}/tasks', {params: {id}}),
    api.all('GET /projects/{id}/labels', {params: {id: projectId}}),
  ])
  return {sprint: backlogOf(story.project_id), stories: [{...story, tasks}], members: [], labels}
}

/** The backlog in the place of a sprint. No sprint has an empty id. */
function backlogOf(project_id: string): Sprint {
  return {
    id: '',
    project_id,
    name: 'Backlog',
    goal: '',
    status: 'planned',
    starts_on: null,
    ends_on: null,
    started_at: null,
    closed_at: null,
    version: 1,
    created_at: '',
    updated_at: '',
  }
}

function withTask(board: Board, task: Task): Board {
  const stories = board.stories.map(story => ({
    ...story,
    tasks: story.tasks.map(known => (known.id === task.id && known.version < task.version ? task : known)),
  }))
  return {...board, stories}
}

function sendStep(api: ApiClient, id: string, step: Step): Promise<Task> {
  const params = {id}
  if (step === 'take') return api.call('PUT /tasks/{id}/ownership', {params})
  if (step === 'release') return api.call('DELETE /tasks/{id}/ownership', {params})
  if (typeof step === 'string') return api.call('PUT /tasks/{id}/status', {params, body: {status: step}})
  if ('give' in step) return api.call('PUT /tasks/{id}/ownership', {params, body: {owner_user_id: step.give}})
  if ('rank' in step) return api.call('PUT /tasks/{id}/rank', {params, body: step.rank})
  return api.call('PATCH /tasks/{id}', {params, body: step.edit})
}
