/** The demo: an organization of three members with a sprint to try things on, and the lines to try them with. */
import {randomBytes} from 'node:crypto'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Caller} from './board/member.ts'
import {newProjectSchema} from './board/project.ts'
import {newSprintSchema} from './board/sprint.ts'
import {newStorySchema, type Story} from './board/story.ts'
import {newTaskSchema, type Task} from './board/task.ts'
import {createProject} from './changes/create-project.ts'
import {createSprint} from './changes/create-sprint.ts'
import {createStory} from './changes/create-story.ts'
import {createTask} from './changes/create-task.ts'
import type {DemoMember, DemoMembers} from './http/session.ts'
import type {Identity} from './identity/identity.ts'
import {mintToken} from './identity/mint-token.ts'
import type {Database} from './store/connection.ts'
import {selectStories, selectTasks} from './store/resources.ts'

export interface Demo {
  sprintId: string
  /** A task that nobody has taken yet. */
  taskId: string
  /** Tokens of an admin and of a member. */
  tokens: {ada: string; grace: string}
  /** Whom the page lets one be. */
  members: DemoMembers
}

const tokenDays = 7

const members = {
  ada: {handle: 'ada', name: 'Ada Lovelace', role: 'admin'},
  grace: {handle: 'grace', name: 'Grace Hopper', role: 'member'},
  edsger: {handle: 'edsger', name: 'Edsger Dijkstra', role: 'member'},
} as const satisfies Record<string, DemoMember>

/** The secret in the folder; made, for its owner's eyes only, when there is none. Throws when the file holds none. */
export async function readDemoSecret(
  dataDir: string,
  name: 'demo-secret' | 'demo-secrets-key' = 'demo-secret',
): Promise<string> {
  const path = join(dataDir, name)
  await mkdir(dataDir, {recursive: true})
  try {
    // 'wx' fails where there is one, so that of two processes one makes it.
    await writeFile(path, randomBytes(32).toString('base64url'), {flag: 'wx', mode: 0o600})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const secret = await readFile(path, 'utf8')
  // Such as while another process is about to write it: nobody shall sign with an empty secret.
  if (secret.length < 32) throw new Error(`${path} holds no secret; delete it and start again.`)
  return secret
}

/**
 * Makes whatever is missing of the demo, by the changes that members make. `identity` must verify tokens with the
 * demo's secret.
 */
export async function prepareDemo(db: Database, identity: Identity, dataDir: string): Promise<Demo> {
  const secret = await readDemoSecret(dataDir)
  const tokenOf = ({handle, name, role}: DemoMember) => {
    const lifetime = tokenDays * 86_400
    return mintToken({secret}, {subject: handle, organization: 'demo', role, name, lifetime})
  }
  const arrive = async (member: DemoMember) => {
    const token = await tokenOf(member)
    return {token, caller: (await identity.authenticate({token})).caller}
  }
  const [ada, grace] = [await arrive(members.ada), await arrive(members.grace)]
  await arrive(members.edsger)

  const story = (await findStory(db, ada.caller)) ?? (await createBoard(db, ada.caller))
  const task = (await findAvailableTask(db, ada.caller, story)) ?? (await addTask(db, ada.caller, story))
  const list = Object.values(members)
  return {
    sprintId: story.sprint_id,
    taskId: task.id,
    tokens: {ada: ada.token, grace: grace.token},
    members: {list, mintToken: handle => tokenOf(list.find(member => member.handle === handle)!)},
  }
}

/** What to do next, for people; each command stands on a line of its own, to be copied as it is. */
export function describeDemo({sprintId, taskId, tokens}: Omit<Demo, 'members'>, url: string): string {
  return `
The demo of Boardcast runs on ${url} (Ctrl-C stops it). The board of its sprint:

${url}/sprints/${sprintId}

Watch the same without a page, as Ada:

curl -N '${url}/api/v1/events/tasks?sprint_id=${sprintId}&token=${tokens.ada}'

Then, in another terminal, take a task as Grace:

curl -X PUT -H 'Authorization: Bearer ${tokens.grace}' '${url}/api/v1/tasks/${taskId}/ownership'

The tokens are good for ${tokenDays} days; npx boardcast token --sub alan --org demo --role member makes another.

`
}

type SprintStory = Story & {sprint_id: string}

async function findStory(db: Database, {organization_id}: Caller): Promise<SprintStory | undefined> {
  const story = await selectStories(db, organization_id)
    .where('sprint_id', 'is not', null)
    .orderBy('id')
    .executeTakeFirst()
  return story as SprintStory | undefined
}

async function findAvailableTask(
  db: Database,
  {organization_id}: Caller,
  {sprint_id}: SprintStory,
): Promise<Task | undefined> {
  return selectTasks(db, organization_id)
    .where('sprint_id', '=', sprint_id)
    .where('status', '=', 'available')
    .orderBy('id')
    .executeTakeFirst()
}

async function addTask(db: Database, by: Caller, story: SprintStory): Promise<Task> {
  const input = newTaskSchema.parse({title: 'Try it once more', estimated_hours: 1})
  return (await createTask(db, by, story.id, input)).result
}

/** A project with a sprint of two weeks, three stories and their tasks. Answers the first story. */
async function createBoard(db: Database, by: Caller): Promise<SprintStory> {
  const {result: project} = await createProject(
    db,
    by,
    newProjectSchema.parse({name: 'Compass', phase: 'build'}),
  )
  const sprint = await createSprint(
    db,
    by,
    project.id,
    newSprintSchema.parse({
      name: 'Sprint 1',
      goal: 'Everybody sees who does what, as it happens',
      starts_on: dayFromNow(0),
      ends_on: dayFromNow(13),
    }),
  )
  const sprint_id = sprint.result.id
  const made: Story[] = []
  for (const [title, tasks] of stories) {
    const {result: story} = await createStory(db, by, project.id, newStorySchema.parse({title, sprint_id}))
    for (const [task, estimated_hours] of tasks) {
      await createTask(db, by, story.id, newTaskSchema.parse({title: task, estimated_hours}))
    }
    made.push(story)
  }
  return {...made[0]!, sprint_id}
}

const stories: [title: string, tasks: [title: string, hours: number][]][] = [
  [
    'The board moves by itself',
    [
      ['Open a stream when the board opens', 3],
      ['Show who took a task', 2],
      ['Say when the connection is lost', 1],
    ],
  ],
  [
    'Nothing is missed after a nap',
    [
      ['Resume from the last event seen', 5],
      ['Read the board again after a reset', 2],
    ],
  ],
  ['The team can sign in', [['Write down how to get a token', 1]]],
]

/** A calendar day in UTC: `2026-01-31`. */
function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}
