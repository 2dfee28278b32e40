/**
 * What each event does to a board: the same code for the server's tests and for clients, so it brings no package
 * along.
 */
import type {Board} from './board.ts'
import type {BoardEvent} from './events.ts'
import type {Member} from './member.ts'
import type {Sprint} from './sprint.ts'
import type {Story} from './story.ts'
import type {Task} from './task.ts'

/**
 * The board after the event; the same object when the event alters nothing on it. An event that the board
 * already knows (by `version`) alters nothing, so applying twice does no harm.
 */
export function applyEvent(board: Board, event: BoardEvent): Board {
  switch (event.type) {
    case 'ownership_taken':
      return alterTask(board, event, {
        status: 'owned',
        owner_user_id: event.owner_user_id,
        owned_at: event.timestamp,
      })
    case 'ownership_released':
      return alterTask(board, event, {status: 'available', owner_user_id: null, owned_at: null})
    case 'status_changed':
      return alterTask(board, event, {
        status: event.new_status,
        completed_at: event.new_status === 'completed' ? event.timestamp : null,
        ...(event.new_status === 'available' && {owner_user_id: null, owned_at: null}),
      })
    case 'task.created':
    case 'task.updated':
      return placeTask(board, event.task)
    case 'task.deleted':
      return alterTasks(board, event.story_id, tasks => remove(tasks, event.task_id))
    case 'task.moved':
      return event.to_sprint_id === board.sprint.id
        ? placeTask(board, event.task)
        : alterTasks(board, event.story_id, tasks => removeOlder(tasks, event.task))
    case 'story.created':
    case 'story.updated':
      return placeStory(board, event.story)
    case 'story.moved':
      return event.to_sprint_id === board.sprint.id
        ? placeStory(board, event.story)
        : withStories(board, removeOlder(board.stories, event.story))
    case 'story.deleted':
      return withStories(board, remove(board.stories, event.story_id))
    case 'story.status.changed':
      return alterStory(board, event, {status: event.new_status})
    case 'sprint.updated':
      return placeSprint(board, event.sprint)
    case 'member.updated':
      return placeMember(board, event.member)
    default:
      return board
  }
}

interface TaskChange {
  story_id: string
  task_id: string
  version: number
  timestamp: string
}

function alterTask(
  board: Board,
  {story_id, task_id, version, timestamp}: TaskChange,
  fields: Partial<Task>,
): Board {
  return alterTasks(board, story_id, tasks =>
    tasks.map(task =>
      task.id === task_id && task.version < version
        ? {...task, ...fields, version, updated_at: timestamp}
        : task,
    ),
  )
}

function placeTask(board: Board, task: Task): Board {
  return alterTasks(board, task.story_id, tasks => {
    const known = tasks.find(({id}) => id === task.id)
    return known && known.version >= task.version ? tasks : place(tasks, task)
  })
}

function alterTasks(board: Board, storyId: string, alter: (tasks: Task[]) => Task[]): Board {
  const story = board.stories.find(({id}) => id === storyId)
  if (!story) return board
  const tasks = alter(story.tasks)
  const isSame =
    tasks.length === story.tasks.length && tasks.every((task, index) => task === story.tasks[index])
  return isSame ? board : {...board, stories: place(board.stories, {...story, tasks})}
}

function alterStory(
  board: Board,
  {story_id, version, timestamp}: {story_id: string; version: number; timestamp: string},
  fields: Partial<Story>,
): Board {
  const story = board.stories.find(({id}) => id === story_id)
  if (!story || story.version >= version) return board
  return {...board, stories: place(board.stories, {...story, ...fields, version, updated_at: timestamp})}
}

function placeStory(board: Board, story: Story): Board {
  if (story.sprint_id !== board.sprint.id) return board
  const known = board.stories.find(({id}) => id === story.id)
  if (known && known.version >= story.version) return board
  return {...board, stories: place(board.stories, {...story, tasks: known?.tasks ?? []})}
}

function withStories(board: Board, stories: Board['stories']): Board {
  return stories.length === board.stories.length ? board : {...board, stories}
}

function placeSprint(board: Board, sprint: Sprint): Board {
  const isNewer = sprint.id === board.sprint.id && sprint.version > board.sprint.version
  return isNewer ? {...board, sprint} : board
}

function placeMember(board: Board, member: Member): Board {
  const known = board.members.find(({id}) => id === member.id)
  return known?.name === member.name ? board : {...board, members: place(board.members, member)}
}

/** The things with `thing` in its place by id, instead of its earlier self if there was one. */
function place<T extends {id: string}>(things: readonly T[], thing: T): T[] {
  const others = remove(things, thing.id)
  const after = others.findIndex(({id}) => id > thing.id)
  return after === -1 ? [...others, thing] : others.toSpliced(after, 0, thing)
}

function remove<T extends {id: string}>(things: readonly T[], id: string): T[] {
  return things.filter(thing => thing.id !== id)
}

/** Without the thing that has gone elsewhere, unless what is here has come back since. */
function removeOlder<T extends {id: string; version: number}>(
  things: readonly T[],
  gone: {id: string; version: number},
): T[] {
  return things.filter(({id, version}) => id !== gone.id || version >= gone.version)
}
