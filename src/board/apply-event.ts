/**
 * What each event does to a board: the same code for the server's tests and for clients, so it brings no package
 * along.
 */
import type {Board, BoardStory} from './board.ts'
import type {BoardEvent, EventFacts} from './events.ts'
import type {Member} from './member.ts'
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
      return alterTasks(board, event, tasks => place(tasks, event.task))
    case 'task.deleted':
      return alterTasks(board, event, tasks => tasks.filter(({id}) => id !== event.task_id))
    case 'task.moved':
      return alterTasks(board, event, tasks =>
        event.to_sprint_id === board.sprint.id ? place(tasks, event.task) : removeOlder(tasks, event.task),
      )
    case 'story.created':
    case 'story.updated':
      return placeStory(board, event.story)
    case 'story.moved':
      return event.to_sprint_id === board.sprint.id
        ? placeStory(board, event.story)
        : withStories(board, removeOlder(board.stories, event.story))
    case 'story.deleted':
      return withStories(
        board,
        board.stories.filter(({id}) => id !== event.story_id),
      )
    case 'story.status.changed':
      return alterStory(board, event, story => alter(story, event, {status: event.new_status}))
    case 'sprint.updated':
      return isNewer(event.sprint, board.sprint) ? {...board, sprint: event.sprint} : board
    case 'member.updated':
      return placeMember(board, event.member)
    default:
      return board
  }
}

interface Versioned {
  id: string
  version: number
}

function alterTask(board: Board, event: EventFacts['task'], fields: Partial<Task>): Board {
  return alterTasks(board, event, tasks =>
    tasks.map(task => (task.id === event.task_id ? alter(task, event, fields) : task)),
  )
}

function alterTasks(board: Board, event: {story_id: string}, change: (tasks: Task[]) => Task[]): Board {
  return alterStory(board, event, story => {
    const tasks = change(story.tasks)
    return isSame(tasks, story.tasks) ? story : {...story, tasks}
  })
}

function alterStory(
  board: Board,
  {story_id}: {story_id: string},
  change: (story: BoardStory) => BoardStory,
): Board {
  return withStories(
    board,
    board.stories.map(story => (story.id === story_id ? change(story) : story)),
  )
}

/** The thing with these fields; itself when it knows the event. */
function alter<T extends Versioned>(
  thing: T,
  event: {version: number; timestamp: string},
  fields: Partial<T>,
): T {
  const {version, timestamp} = event
  return thing.version < version ? {...thing, ...fields, version, updated_at: timestamp} : thing
}

function placeStory(board: Board, story: Story): Board {
  if (story.sprint_id !== board.sprint.id) return board
  const tasks = board.stories.find(({id}) => id === story.id)?.tasks ?? []
  return withStories(board, place(board.stories, {...story, tasks}))
}

function placeMember(board: Board, member: Member): Board {
  const known = board.members.find(({id}) => id === member.id)
  return known?.name === member.name ? board : {...board, members: insert(board.members, member)}
}

function withStories(board: Board, stories: BoardStory[]): Board {
  return isSame(stories, board.stories) ? board : {...board, stories}
}

/** The things with this one, unless they have it as new or newer. */
function place<T extends Versioned>(things: T[], thing: T): T[] {
  const known = things.find(({id}) => id === thing.id)
  return known && !isNewer(thing, known) ? things : insert(things, thing)
}

/** The things with this one in its place by id, instead of its earlier self if there was one. */
function insert<T extends {id: string}>(things: T[], thing: T): T[] {
  const others = things.filter(({id}) => id !== thing.id)
  return [...others, thing].sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** Without the thing that has gone elsewhere, unless what is here has come back since. */
function removeOlder<T extends Versioned>(things: T[], gone: Versioned): T[] {
  return things.filter(thing => !isNewer(gone, thing))
}

function isNewer(one: Versioned, other: Versioned): boolean {
  return one.id === other.id && one.version > other.version
}

function isSame<T>(some: T[], others: T[]): boolean {
  return some.length === others.length && some.every((thing, index) => thing === others[index])
}
