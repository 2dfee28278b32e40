/** Applies events to a board or a backlog. This file imports no package, because browsers run this code. */
import type {Versioned} from './alter.ts'
import type {Backlog, Board, BoardStory} from './board.ts'
import type {Discussion} from './discussion.ts'
import type {BoardEvent, EventFacts} from './events.ts'
import type {Label} from './label.ts'
import type {Member} from './member.ts'
import type {Story} from './story.ts'
import type {BoardTask} from './task.ts'

type AnyBoard = Board | Backlog

/**
 * Returns the board or the backlog after the event. When the event does not change the board, returns `board` itself.
 * When the board already includes the effects of the event, the event does not change the board. Therefore, it is safe to
 * apply an event twice. The board from the server contains no descriptions, checklists or links. An event that contains a
 * whole story or task also adds the description of this story or task to the board, and the checklist and links of this
 * task.
 */
export function applyEvent<B extends AnyBoard>(board: B, event: BoardEvent): B {
  switch (event.type) {
    case 'ownership_taken':
      return updateTask(board, event, {
        status: 'owned',
        owner_user_id: event.owner_user_id,
        owned_at: event.timestamp,
      })
    case 'ownership_released':
      return updateTask(board, event, {status: 'available', owner_user_id: null, owned_at: null})
    case 'ownership_transferred':
      return updateTask(board, event, {
        ...(event.previous_owner_user_id === null && {status: 'owned'}),
        owner_user_id: event.owner_user_id,
        owned_at: event.timestamp,
      })
    case 'status_changed':
      return updateTask(board, event, {
        status: event.new_status,
        completed_at: event.new_status === 'completed' ? event.timestamp : null,
        ...(event.new_status === 'available' && {owner_user_id: null, owned_at: null}),
      })
    case 'task.ranked':
      return updateTask(board, event, {rank: event.rank})
    case 'task.blockers.changed':
      return updateTask(board, event, {
        blocked_by_task_ids: event.blocked_by_task_ids,
        open_blocker_count: event.open_blocker_count,
      })
    case 'task.commented':
    case 'task.comment.edited':
    case 'task.comment.deleted':
    case 'task.questions.changed':
      return updateTasks(board, event, tasks => tasks.map(task => updateDiscussion(task, event)))
    case 'task.created':
    case 'task.updated':
    case 'task.links.changed':
      return putTask(board, event)
    case 'task.deleted':
      return updateTasks(board, event, tasks => tasks.filter(({id}) => id !== event.task_id))
    case 'task.moved': {
      const {from_story_id: story_id, task} = event
      const left = story_id ? updateTasks(board, {story_id}, tasks => removeOlder(tasks, task)) : board
      return isPlaceOf(board, task)
        ? putTask(left, event)
        : updateTasks(left, event, tasks => removeOlder(tasks, task))
    }
    case 'story.created':
    case 'story.updated':
      return upsertStory(board, event.story)
    case 'story.moved':
      return isPlaceOf(board, event.story)
        ? upsertStory(board, event.story)
        : updateStories(board, stories => removeOlder(stories, event.story))
    case 'story.deleted':
      return updateStories(board, stories => stories.filter(({id}) => id !== event.story_id))
    case 'story.status.changed':
      return updateStory(board, event, story => updateIfNewer(story, event, {status: event.new_status}))
    case 'story.ranked':
      return updateStory(board, event, story => updateIfNewer(story, event, {rank: event.rank}))
    case 'sprint.updated':
    case 'sprint.status.changed':
      return updateSubject(board, 'sprint', event.sprint)
    case 'project.updated':
      return updateSubject(board, 'project', event.project)
    case 'label.created':
    case 'label.updated':
      return updateLabels(board, event, labels => upsert(labels, event.label))
    case 'label.deleted':
      return updateLabels(withoutLabel(board, event), event, labels =>
        labels.filter(({id}) => id !== event.label_id),
      )
    case 'member.updated':
      return upsertMember(board, event.member)
    default:
      return board
  }
}

/** Returns whether a story or task with these ids is on the board. */
function isPlaceOf(
  board: AnyBoard,
  {project_id, sprint_id}: {project_id: string; sprint_id: string | null},
): boolean {
  return sprint_id === ('sprint' in board ? board.sprint.id : null) && project_id === projectIdOf(board)
}

function projectIdOf(board: AnyBoard): string {
  return 'sprint' in board ? board.sprint.project_id : board.project.id
}

function updateTask<B extends AnyBoard>(board: B, event: EventFacts['task'], fields: Partial<BoardTask>): B {
  return updateTasks(board, event, tasks =>
    tasks.map(task => (task.id === event.task_id ? updateIfNewer(task, event, fields) : task)),
  )
}

function updateTasks<B extends AnyBoard>(
  board: B,
  event: {story_id: string},
  change: (tasks: BoardTask[]) => BoardTask[],
): B {
  return updateStory(board, event, story => updateList(story, 'tasks', change))
}

function updateDiscussion(task: BoardTask, event: EventFacts['task'] & Discussion): BoardTask {
  const {task_id, comment_count, open_question_count, discussion_version} = event
  return task.id === task_id && !(task.discussion_version >= discussion_version)
    ? {...task, comment_count, open_question_count, discussion_version}
    : task
}

function updateStory<B extends AnyBoard>(
  board: B,
  {story_id}: {story_id: string},
  change: (story: BoardStory) => BoardStory,
): B {
  return updateStories(board, stories =>
    stories.map(story => (story.id === story_id ? change(story) : story)),
  )
}

/** When `resource` already has the version of the event or a newer version, returns `resource` itself. */
function updateIfNewer<T extends Versioned>(
  resource: T,
  event: {version: number; timestamp: string},
  fields: Partial<T>,
): T {
  const {version, timestamp} = event
  return resource.version < version ? {...resource, ...fields, version, updated_at: timestamp} : resource
}

/**
 * Inserts or replaces the task in its story. When a newer version of the task is in another story, the task has moved, and
 * the board does not change.
 */
function putTask<B extends AnyBoard>(board: B, {story_id, task}: {story_id: string; task: BoardTask}): B {
  if (!board.stories.some(({id}) => id === story_id)) return board // a backlog also gets the events of all sprints
  const hasMoved = board.stories.some(
    ({id, tasks}) => id !== story_id && tasks.some(known => known.id === task.id && !isNewer(task, known)),
  )
  return hasMoved ? board : updateTasks(board, {story_id}, tasks => upsertTask(tasks, task))
}

/** The event of an earlier version of the server lacks newer fields, for example the priority. The known fields are kept. */
function upsertTask(tasks: BoardTask[], task: BoardTask): BoardTask[] {
  return upsert(tasks, {...tasks.find(({id}) => id === task.id), ...task})
}

function upsertStory<B extends AnyBoard>(board: B, story: Story): B {
  if (!isPlaceOf(board, story)) return board
  return updateStories(board, stories => {
    const known = stories.find(({id}) => id === story.id)
    return upsert(stories, {tasks: [], ...known, ...story})
  })
}

/** The event of an earlier version of the server lacks newer fields, for example the status. The known fields are kept. */
function updateSubject<B extends AnyBoard>(board: B, key: 'sprint' | 'project', subject: Versioned): B {
  const known = (board as {[Name in typeof key]?: Versioned})[key]
  return known && isNewer(subject, known) ? {...board, [key]: {...known, ...subject}} : board
}

/** A board from an earlier version of the server has no labels. */
function updateLabels<B extends AnyBoard>(
  board: B,
  {project_id}: {project_id: string},
  change: (labels: Label[]) => Label[],
): B {
  return projectIdOf(board) === project_id && board.labels ? updateList(board, 'labels', change) : board
}

function withoutLabel<B extends AnyBoard>(board: B, {label_id}: {label_id: string}): B {
  return updateStories(board, stories =>
    stories.map(story =>
      updateList(story, 'tasks', tasks =>
        tasks.map(task =>
          task.label_ids?.includes(label_id)
            ? {...task, label_ids: task.label_ids.filter(id => id !== label_id)}
            : task,
        ),
      ),
    ),
  )
}

function upsertMember<B extends AnyBoard>(board: B, member: Member): B {
  const known = board.members.find(({id}) => id === member.id)
  return known?.name === member.name ? board : {...board, members: insertById(board.members, member)}
}

function updateStories<B extends AnyBoard>(board: B, change: (stories: BoardStory[]) => BoardStory[]): B {
  return updateList(board, 'stories', change)
}

/** Changes a list of the object. When the list has the same elements after the change, returns the object itself. */
function updateList<Key extends string, Item, T extends {[Name in Key]: Item[]}>(
  object: T,
  key: Key,
  change: (list: T[Key]) => Item[],
): T {
  const known = object[key]
  const list = change(known)
  const isSame = known.length === list.length && known.every((element, index) => element === list[index])
  return isSame ? object : {...object, [key]: list}
}

/**
 * Inserts or replaces the resource. When the list already contains this version or a newer version of the resource,
 * returns the list itself.
 */
function upsert<T extends Versioned>(resources: T[], resource: T): T[] {
  const isKnown = resources.some(known => known.id === resource.id && !isNewer(resource, known))
  return isKnown ? resources : insertById(resources, resource)
}

/** Inserts or replaces the resource, and returns a list that is sorted by id. */
function insertById<T extends {id: string}>(resources: T[], resource: T): T[] {
  const others = resources.filter(({id}) => id !== resource.id)
  return [...others, resource].sort((one, other) => (one.id < other.id ? -1 : 1))
}

/**
 * Removes a resource that moved to another sprint. When the list contains a newer version of the resource, the resource
 * has moved back and stays in the list.
 */
function removeOlder<T extends Versioned>(resources: T[], moved: Versioned): T[] {
  return resources.filter(resource => !isNewer(moved, resource))
}

function isNewer(one: Versioned, other: Versioned): boolean {
  return one.id === other.id && one.version > other.version
}
