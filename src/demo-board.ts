/** Creates the board of the demo: a sprint in which three members are at work, so that the page shows what it can do. */
import {newActivitiesSchema} from './board/activity.ts'
import {newCommentSchema} from './board/comment.ts'
import {newEscalationSchema} from './board/escalation.ts'
import {newLabelSchema} from './board/label.ts'
import type {Caller} from './board/member.ts'
import {newProjectSchema} from './board/project.ts'
import {newSprintSchema} from './board/sprint.ts'
import {newStorySchema, type Story, type StoryStatus} from './board/story.ts'
import {newTaskSchema, type TaskPriority, type TaskStatus} from './board/task.ts'
import type {Change} from './changes/change.ts'
import {addBlocker} from './changes/change-blockers.ts'
import {addChecklistItem, editChecklistItem} from './changes/change-checklist.ts'
import {commentOnTask} from './changes/comment-on-task.ts'
import {commitChange} from './changes/commit-change.ts'
import {createLabel} from './changes/create-label.ts'
import {createProject} from './changes/create-project.ts'
import {createSprint} from './changes/create-sprint.ts'
import {createStory} from './changes/create-story.ts'
import {createTask} from './changes/create-task.ts'
import {raiseEscalation} from './changes/raise-escalation.ts'
import {recordActivity} from './changes/record-activity.ts'
import {setSprintStatus} from './changes/set-sprint-status.ts'
import {setStoryStatus} from './changes/set-story-status.ts'
import {setTaskStatus} from './changes/set-task-status.ts'
import {takeTask} from './changes/take-task.ts'
import type {Database} from './store/connection.ts'

export interface DemoTeam {
  ada: Caller
  grace: Caller
  edsger: Caller
}
type Name = keyof DemoTeam

const labels = {Interface: 'blue', Reliability: 'orange', Documentation: 'teal'} as const
type LabelName = keyof typeof labels

interface DemoTask {
  title: string
  hours: number
  labels?: LabelName[]
  priority?: TaskPriority
  /** The number of days from now until the task is due. */
  dueInDays?: number
  description?: string
  criteria?: string[]
  checklist?: {text: string; isDone?: boolean}[]
  /** The title of an earlier task of the demo. */
  blockedBy?: string
  /** A task without `work` is available. */
  work?: {by: Name; status: Exclude<TaskStatus, 'available'>}
  comments?: [by: Name, body: string][]
  question?: {by: Name; to: Name; text: string}
}

interface DemoStory {
  title: string
  status: StoryStatus
  /** Whether the story is in its sprint. The other stories are in the backlog. */
  isInSprint: boolean
  description: string
  tasks: DemoTask[]
}

const stories: DemoStory[] = [
  {
    title: 'The board updates in real time',
    status: 'in_progress',
    isInSprint: true,
    description: 'Everyone who has the board open sees a change at once, without a reload.',
    tasks: [
      {
        title: 'Show when the connection is lost',
        hours: 1,
        labels: ['Interface', 'Reliability'],
        priority: 'urgent',
        dueInDays: 1,
        description: 'The badge must never say “Live” while the board is out of date.',
      },
      {
        title: 'Open a stream when the board opens',
        hours: 3,
        description: 'One stream for each board. Close the stream when the member leaves the board.',
        work: {by: 'grace', status: 'completed'},
      },
      {
        title: 'Show who took a task',
        hours: 2,
        labels: ['Interface'],
        priority: 'medium',
        criteria: ['AC-2', 'AC-3'],
        work: {by: 'ada', status: 'in_progress'},
        comments: [
          ['edsger', 'Initials are enough on a phone, if the full name is read aloud.'],
          ['ada', 'Agreed. The full name is in the label of the card.'],
        ],
      },
      {title: 'Group the changes that arrive together', hours: 2, work: {by: 'edsger', status: 'owned'}},
    ],
  },
  {
    title: 'A client that reconnects misses nothing',
    status: 'committed',
    isInSprint: true,
    description: 'A laptop sleeps, a train enters a tunnel: the board must be right afterwards.',
    tasks: [
      {
        title: 'Resume from the last event seen',
        hours: 5,
        labels: ['Reliability'],
        priority: 'high',
        dueInDays: -1,
        description:
          'The browser sends the id of the last event as `Last-Event-ID`. The server then:\n\n' +
          '1. replays all **later** events, and\n2. continues with the events that it commits.',
        criteria: ['AC-4'],
        checklist: [
          {text: 'Send the id with the request', isDone: true},
          {text: 'Replay the events after the id', isDone: true},
          {text: 'Reset when the log no longer has the id'},
        ],
        work: {by: 'grace', status: 'in_progress'},
        question: {by: 'grace', to: 'ada', text: 'For how many days must a client be able to stay away?'},
      },
      {
        title: 'Read the board again after a reset',
        hours: 2,
        priority: 'low',
        dueInDays: 6,
        blockedBy: 'Resume from the last event seen',
      },
      {
        title: 'Keep the events in memory only',
        hours: 3,
        work: {by: 'edsger', status: 'cancelled'},
        comments: [['edsger', 'The log in the database covers this.']],
      },
    ],
  },
  {
    title: 'The team can sign in',
    status: 'done',
    isInSprint: true,
    description: '',
    tasks: [
      {
        title: 'Document how to get a token',
        hours: 1,
        labels: ['Documentation'],
        work: {by: 'ada', status: 'completed'},
      },
      {
        title: 'Sign in with a link in an e-mail',
        hours: 4,
        work: {by: 'edsger', status: 'failed'},
        comments: [['edsger', 'Mail programs open the link before the member does.']],
      },
    ],
  },
  {
    title: 'See the sprint on a phone',
    status: 'draft',
    isInSprint: false,
    description: 'The columns need tabs, because only one column fits on the screen.',
    tasks: [],
  },
]

interface ClosedSprint {
  name: string
  goal: string
  /** The number of days from now. */
  startsInDays: number
  endsInDays: number
  story: DemoStory
  /** The hours of one more task, which moved to the next sprint. */
  carriedOverHours: number
}

const closedSprints: ClosedSprint[] = [
  {
    name: 'Sprint 1',
    goal: 'A first board that the team can open',
    startsInDays: -33,
    endsInDays: -20,
    carriedOverHours: 5,
    story: {
      title: 'A board with columns',
      status: 'done',
      isInSprint: true,
      description: '',
      tasks: [
        {title: 'Draw the columns', hours: 4, work: {by: 'ada', status: 'completed'}},
        {title: 'Show the tasks of a sprint', hours: 3, work: {by: 'grace', status: 'completed'}},
      ],
    },
  },
  {
    name: 'Sprint 2',
    goal: 'Tasks change their status with one click',
    startsInDays: -19,
    endsInDays: -6,
    carriedOverHours: 3,
    story: {
      title: 'Members move tasks',
      status: 'done',
      isInSprint: true,
      description: '',
      tasks: [
        {title: 'Take and release a task', hours: 5, work: {by: 'grace', status: 'completed'}},
        {title: 'Move a task by drag', hours: 6, work: {by: 'ada', status: 'completed'}},
        {title: 'Move a task by the keyboard', hours: 2, work: {by: 'edsger', status: 'completed'}},
      ],
    },
  },
]

/** Returns the first story of the active sprint. */
export async function createDemoBoard(db: Database, team: DemoTeam): Promise<Story & {sprint_id: string}> {
  const commit = async <T>(by: Name, change: Change<T>) => (await commitChange(db, team[by], change)).result

  const project = await commit(
    'ada',
    createProject(newProjectSchema.parse({name: 'Compass', phase: 'build'})),
  )
  const newSprint = newSprintSchema.parse({
    name: 'Sprint 3',
    goal: 'Everyone sees who works on what, in real time',
    starts_on: dayFromNow(-5),
    ends_on: dayFromNow(8),
  })
  const {id: sprint_id} = await commit('ada', createSprint(project.id, newSprint))
  await commit('ada', setSprintStatus(sprint_id, {status: 'active'}))
  await recordPastDays(db, team.ada.organization_id, sprint_id)
  const next = {name: 'Sprint 4', starts_on: dayFromNow(9), ends_on: dayFromNow(22)}
  await commit('ada', createSprint(project.id, newSprintSchema.parse(next)))
  const labelIds = new Map<LabelName, string>()
  for (const [name, color] of Object.entries(labels)) {
    const label = await commit('ada', createLabel(project.id, newLabelSchema.parse({name, color})))
    labelIds.set(name as LabelName, label.id)
  }
  const taskIds = new Map<string, string>()
  const created: Story[] = []
  for (const story of stories) created.push(await addStory(story, sprint_id))
  for (const sprint of closedSprints) await addClosedSprint(sprint)
  await commit('ada', recordActivity(project.id, activities()))
  return {...created[0]!, sprint_id}

  async function addClosedSprint(closed: ClosedSprint): Promise<void> {
    const {name, goal, startsInDays, endsInDays, story, carriedOverHours} = closed
    const input = {name, goal, starts_on: dayFromNow(startsInDays), ends_on: dayFromNow(endsInDays)}
    const {id} = await commit('ada', createSprint(project.id, newSprintSchema.parse(input)))
    await commit('ada', setSprintStatus(id, {status: 'active'}))
    await addStory(story, id)
    await commit('ada', setSprintStatus(id, {status: 'closed'}))
    await moveToPast(db, team.ada.organization_id, id, {startsInDays, endsInDays, carriedOverHours})
  }

  async function addStory(
    {title, description, status, isInSprint, tasks}: DemoStory,
    sprintId: string,
  ): Promise<Story> {
    const input = newStorySchema.parse({title, description, sprint_id: isInSprint ? sprintId : null})
    const story = await commit('ada', createStory(project.id, input))
    for (const task of tasks) await addTask(story.id, task)
    return commit('ada', setStoryStatus(story.id, status))
  }

  async function addTask(storyId: string, task: DemoTask): Promise<void> {
    const {title, description = '', criteria = [], hours, priority = null, dueInDays} = task
    const label_ids = (task.labels ?? []).map(name => labelIds.get(name)!)
    const {work, checklist = [], comments = [], question} = task
    const due_on = dueInDays === undefined ? null : dayFromNow(dueInDays)
    const input = {
      title,
      description,
      acceptance_criteria_refs: criteria,
      estimated_hours: hours,
      priority,
      due_on,
      label_ids,
    }
    const {id} = await commit('ada', createTask(storyId, newTaskSchema.parse(input)))
    taskIds.set(title, id)
    if (task.blockedBy) await commit('ada', addBlocker(id, taskIds.get(task.blockedBy)!))
    if (work) {
      await commit(work.by, takeTask(id))
      for (const status of statusesTo(work.status)) await commit(work.by, setTaskStatus(id, status))
    }
    for (const {text, isDone} of checklist) {
      const item = (await commit('ada', addChecklistItem(id, {text}))).checklist.at(-1)!
      if (isDone) await commit('grace', editChecklistItem(id, item.id, {is_done: true}))
    }
    for (const [by, body] of comments) await commit(by, commentOnTask(id, newCommentSchema.parse({body})))
    if (question) {
      const {by, to, text} = question
      const input = {question: text, task_id: id, assignee_user_id: team[to].user_id}
      await commit(by, raiseEscalation(project.id, newEscalationSchema.parse(input)))
    }
  }
}

/** Returns the statuses that lead from `owned` to the status. */
function statusesTo(status: TaskStatus): TaskStatus[] {
  if (status === 'owned') return []
  return status === 'in_progress' || status === 'cancelled' ? [status] : ['in_progress', status]
}

/** Returns what an agent and a pipeline reported. */
function activities() {
  const pr = {
    number: 12,
    title: 'Open a stream when the board opens',
    url: 'https://git.example/compass/pulls/12',
    author: 'grace',
  }
  return newActivitiesSchema.parse([
    {type: 'pr.created', pr},
    {type: 'agent.started', agent: 'Reviewer', run_id: 'review-12'},
    {type: 'agent.completed', agent: 'Reviewer', run_id: 'review-12', outcome: 'succeeded'},
    {type: 'pr.merged', pr},
    {type: 'workflow.error', workflow: 'Nightly tests', message: 'The test of the reconnection timed out.'},
  ]) as Parameters<typeof recordActivity>[1]
}

/** Returns a calendar day in UTC, such as `2026-01-31`. */
function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

/** The demo has just started, so the burndown of its sprint would have only one day. */
async function recordPastDays(db: Database, organization_id: string, sprint_id: string): Promise<void> {
  const days = [7, 7, 8, 8, 8].map((task_count, index) => ({
    organization_id,
    sprint_id,
    day: dayFromNow(index - 5),
    task_count,
    completed_task_count: index < 3 ? 0 : 1,
    estimated_hours: 2.5 * task_count,
    completed_hours: index < 3 ? 0 : 3,
  }))
  await db.insertInto('sprint_days').values(days).execute()
}

/**
 * Moves the daily totals, the start and the end of a closed sprint into the past, so that the velocity and the burndown show
 * them.
 */
async function moveToPast(
  db: Database,
  organization_id: string,
  sprint_id: string,
  {startsInDays, endsInDays, carriedOverHours}: Omit<ClosedSprint, 'name' | 'goal' | 'story'>,
): Promise<void> {
  const ofSprint = db.selectFrom('sprint_days').selectAll().where('sprint_id', '=', sprint_id)
  const end = await ofSprint.where('organization_id', '=', organization_id).executeTakeFirstOrThrow()
  const planned = {
    task_count: end.task_count + 1,
    estimated_hours: end.estimated_hours + carriedOverHours,
  }
  const start = {
    ...end,
    ...planned,
    day: dayFromNow(startsInDays),
    completed_task_count: 0,
    completed_hours: 0,
  }
  await db
    .updateTable('sprint_days')
    .set({...planned, day: dayFromNow(endsInDays)})
    .where('organization_id', '=', organization_id)
    .where('sprint_id', '=', sprint_id)
    .execute()
  await db.insertInto('sprint_days').values(start).execute()
  await db
    .updateTable('sprints')
    .set({
      started_at: `${dayFromNow(startsInDays)}T09:00:00.000Z`,
      closed_at: `${dayFromNow(endsInDays)}T16:00:00.000Z`,
    })
    .where('organization_id', '=', organization_id)
    .where('id', '=', sprint_id)
    .execute()
}
