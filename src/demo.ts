/** Creates the demo: an organization with three members and a sprint. Describes the first steps for trying the demo. */
import {randomBytes} from 'node:crypto'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Caller} from './board/member.ts'
import type {Story} from './board/story.ts'
import {newTaskSchema, type Task} from './board/task.ts'
import {commitChange} from './changes/commit-change.ts'
import {createTask} from './changes/create-task.ts'
import {createDemoBoard} from './demo-board.ts'
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
  const ada = await signIn(members.ada)
  const grace = await signIn(members.grace)
  const edsger = await signIn(members.edsger)
  const team = {ada: ada.caller, grace: grace.caller, edsger: edsger.caller}

  const story = (await findStory(db, ada.caller)) ?? (await createDemoBoard(db, team))
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
