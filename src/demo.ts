/** Creates the demo: an organization with three members and a sprint. Describes the first steps for trying the demo. */
import {randomBytes} from 'node:crypto'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Caller} from './board/member.ts'
import {newProjectSchema} from './board/project.ts'
import {newSprintSchema} from './board/sprint.ts'
import {newStorySchema, type Story} from './board/story.ts'
import {newTaskSchema, type Task} from './board/task.ts'
import type {Change} from './changes/change.ts'
import {commitChange} from './changes/commit-change.ts'
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
  /** The id of an available task. */
  taskId: string
  /** The tokens of Ada, who is an admin, and of Grace, who is a member. */
  tokens: {ada: string; grace: string}
  /** A visitor of the page can sign in as one of these members. */
  members: DemoMembers
}

const tokenDays = 7

const members = {
  ada: {handle: 'ada', name: 'Ada Lovelace', role: 'admin'},
  grace: {handle: 'grace', name: 'Grace Hopper', role: 'member'},
  edsger: {handle: 'edsger', name: 'Edsger Dijkstra', role: 'member'},
} as const satisfies Record<string, DemoMember>

/**
 * Returns the secret that is stored in the folder. If no secret exists, creates a secret in a file that only its owner
 * can read. Throws an error when the secret is too short.
 */
export async function readDemoSecret(
  dataDir: string,
  name: 'demo-secret' | 'demo-secrets-key' = 'demo-secret',
): Promise<string> {
  const path = join(dataDir, name)
  await mkdir(dataDir, {recursive: true, mode: 0o700})
  try {
    // With the flag 'wx', the write fails when the file already exists. Therefore, only one of two concurrent processes
    // creates the file.
    await writeFile(path, randomBytes(32).toString('base64url'), {flag: 'wx', mode: 0o600})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const secret = await readFile(path, 'utf8')
  // The file is empty while another process is writing the secret. Tokens must not be signed with an empty secret.
  if (secret.length < 32)
    throw new Error(`${path} contains no valid secret. Delete this file and start the server again.`)
  return secret
}

/**
 * Creates the parts of the demo that do not exist yet. Like the API, this function commits its changes with
 * `commitChange`. `identity` must verify tokens with the secret of the demo.
 */
export async function prepareDemo(db: Database, identity: Identity, dataDir: string): Promise<Demo> {
  const secret = await readDemoSecret(dataDir)
  const mintTokenFor = ({handle, name, role}: DemoMember) => {
    const lifetime = tokenDays * 86_400
    return mintToken({secret}, {subject: handle, organization: 'demo', role, name, lifetime})
  }
  const signIn = async (member: DemoMember) => {
    const token = await mintTokenFor(member)
    return {token, caller: (await identity.authenticate({token})).caller}
  }
  const [ada, grace] = [await signIn(members.ada), await signIn(members.grace)]
  await signIn(members.edsger)

  const story = (await findStory(db, ada.caller)) ?? (await createBoard(db, ada.caller))
  const task = (await findAvailableTask(db, ada.caller, story)) ?? (await addTask(db, ada.caller, story))
  const list = Object.values(members)
  return {
    sprintId: story.sprint_id,
    taskId: task.id,
    tokens: {ada: ada.token, grace: grace.token},
    members: {list, mintToken: handle => mintTokenFor(list.find(member => member.handle === handle)!)},
  }
}

/** Returns the first steps for a person who tries the demo. Each command is on a separate line that can be copied. */
export function describeDemo({sprintId, taskId, tokens}: Omit<Demo, 'members'>, url: string): string {
  return `
The Boardcast demo is running on ${url} (press Ctrl-C to stop it). Open the board of its sprint:

${url}/sprints/${sprintId}

Watch the same sprint from a terminal, as Ada:

curl -N -H 'Authorization: Bearer ${tokens.ada}' '${url}/api/v1/events/tasks?sprint_id=${sprintId}'

Then, in another terminal, take a task as Grace:

curl -X PUT -H 'Authorization: Bearer ${tokens.grace}' '${url}/api/v1/tasks/${taskId}/ownership'

The tokens expire in ${tokenDays} days. To create a new token: npx boardcast token --sub alan --org demo --role member

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
  const input = newTaskSchema.parse({title: 'Take one more task', estimated_hours: 1})
  return (await commitChange(db, by, createTask(story.id, input))).result
}

/** Creates a project with a sprint of two weeks, three stories and their tasks. Returns the first story. */
async function createBoard(db: Database, by: Caller): Promise<SprintStory> {
  const make = async <T>(change: Change<T>) => (await commitChange(db, by, change)).result
  const project = await make(createProject(newProjectSchema.parse({name: 'Compass', phase: 'build'})))
  const newSprint = newSprintSchema.parse({
    name: 'Sprint 1',
    goal: 'Everyone sees who works on what, in real time',
    starts_on: dayFromNow(0),
    ends_on: dayFromNow(13),
  })
  const {id: sprint_id} = await make(createSprint(project.id, newSprint))
  const created: Story[] = []
  for (const [title, tasks] of stories) {
    const story = await make(createStory(project.id, newStorySchema.parse({title, sprint_id})))
    for (const [task, estimated_hours] of tasks) {
      await make(createTask(story.id, newTaskSchema.parse({title: task, estimated_hours})))
    }
    created.push(story)
  }
  return {...created[0]!, sprint_id}
}

const stories: [title: string, tasks: [title: string, hours: number][]][] = [
  [
    'The board updates in real time',
    [
      ['Open a stream when the board opens', 3],
      ['Show who took a task', 2],
      ['Show when the connection is lost', 1],
    ],
  ],
  [
    'A client that reconnects misses nothing',
    [
      ['Resume from the last event seen', 5],
      ['Read the board again after a reset', 2],
    ],
  ],
  ['The team can sign in', [['Document how to get a token', 1]]],
]

/** Returns a calendar day in UTC, such as `2026-01-31`. */
function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}
