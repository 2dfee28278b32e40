/** A change that the viewer made in this tab, with one request or several, and everything that is needed to undo it. */
import type {BoardTask, ChecklistItem, Story, StoryPlace, Task, TaskPlace} from '../../client/client.ts'

export type TaskField =
  | 'title'
  | 'description'
  | 'acceptance_criteria_refs'
  | 'estimated_hours'
  | 'priority'
  | 'due_on'
  | 'label_ids'
  | 'story_id'
  | 'status'
  | 'owner_user_id'
  | 'rank'
export type StoryField = 'title' | 'description' | 'sprint_id' | 'status' | 'rank'

export type Act = UndoableAct | FinalAct

export type UndoableAct = TaskAct | TasksAct | StoryAct | CreatedAct | ChecklistAct | BlockerAct

/** An act that the page cannot undo. It is remembered so that the key does not undo an older act instead. */
export interface FinalAct {
  kind: 'final'
  /** For example 'Sprint edited: Sprint 12'. */
  text: string
}

/** A change of one task. */
export interface TaskAct {
  kind: 'task'
  before: BoardTask
  after: BoardTask
  /** The fields that the viewer has changed. Other members may have changed other fields at the same time. */
  fields: readonly TaskField[]
  /** The place of the task before the act. Present when `fields` contains `rank`. */
  place?: TaskPlace | undefined
}

/** The same change of several tasks with one request. */
export interface TasksAct {
  kind: 'tasks'
  tasks: readonly Pick<TaskAct, 'before' | 'after'>[]
  fields: readonly TaskField[]
}

/** A change of one story. A story that changes its sprint takes its tasks along. */
export interface StoryAct {
  kind: 'story'
  before: ActStory
  after: ActStory
  fields: readonly StoryField[]
  /** The place of the story before the act. Present when `fields` contains `rank`. */
  place?: StoryPlace | undefined
}

/** A story whose description may be unknown. It must be known when it was changed. */
export type ActStory = Omit<Story, 'description'> & {description?: string | undefined}

export type CreatedAct = {kind: 'created-task'; task: Task} | {kind: 'created-story'; story: Story}

/** A change of one item of a checklist. */
export interface ChecklistAct {
  kind: 'checklist'
  task: Task
  /** The items before and after the act. */
  before: readonly ChecklistItem[]
  after: readonly ChecklistItem[]
  /** The id of the item. */
  itemId: string
}

/** The viewer added or removed a blocker. */
export interface BlockerAct {
  kind: 'blocker'
  task: BoardTask
  blockerId: string
  isAdded: boolean
}
