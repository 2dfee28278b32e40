// Creates organizations and boards for tests, with the functions that the server uses.
import type {BoardEvent} from '../../src/board/events.ts'
import type {Caller, Role} from '../../src/board/member.ts'
import {newProjectSchema, type Project} from '../../src/board/project.ts'
import {newSprintSchema, type Sprint} from '../../src/board/sprint.ts'
import {newStorySchema, type Story} from '../../src/board/story.ts'
import {newTaskSchema, type Task} from '../../src/board/task.ts'
import type {Change} from '../../src/changes/change.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {createSprint} from '../../src/changes/create-sprint.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import type {Database} from '../../src/store/connection.ts'
import {
  type Appended,
  appendEvents,
  createEventStream,
  readHead,
  readPage,
} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'

/**
 * Creates an organization and returns its members as callers:
 * `const {ada, root} = await createOrganization(db, {ada: 'member', root: 'admin'})`.
 */
export async function createOrganization<Name extends string>(
  db: Database,
  roles: Record<Name, Role>,
): Promise<Record<Name, Caller>> {
  const organizationId = newId()
  const created_at = new Date().toISOString()
  const callers = Object.entries<Role>(roles).map(
    ([name, role]): Caller => ({user_id: newId(), organization_id: organizationId, role, name}),
  )
  await db.transaction().execute(async trx => {
    await trx
      .insertInto('organizations')
      .values({id: organizationId, issuer: 'tests', claim: organizationId, created_at})
      .execute()
    await createEventStream(trx, organizationId)
    await trx
      .insertInto('members')
      .values(
        callers.map(({user_id, name, role}) => ({
          organization_id: organizationId,
          id: user_id,
          issuer: 'tests',
          subject: user_id,
          name,
          email: null,
          named_at: created_at,
          claimed_role: role,
          created_at,
        })),
      )
      .execute()
  })
  return Object.fromEntries(callers.map(caller => [caller.name, caller])) as Record<Name, Caller>
}

/** Creates a project with one sprint. The sprint has one story, and the story has one available task. */
export async function createBoard(
  db: Database,
  by: Caller,
): Promise<{project: Project; sprint: Sprint; story: Story; task: Task}> {
  const make = async <T>(change: Change<T>) => (await commitChange(db, by, change)).result
  const project = await make(createProject(newProjectSchema.parse({name: 'Rocket'})))
  const sprint = await make(createSprint(project.id, newSprintSchema.parse({name: 'Sprint 1'})))
  const newStory = newStorySchema.parse({title: 'Reach orbit', sprint_id: sprint.id})
  const story = await make(createStory(project.id, newStory))
  const task = await make(createTask(story.id, newTaskSchema.parse({title: 'Fill the tank'})))
  return {project, sprint, story, task}
}

/** Returns all events of the organization with seq > after, in order, as streams send them. */
export async function readEvents(db: Database, organizationId: string, after = 0): Promise<BoardEvent[]> {
  const {seq: head} = await readHead(db, organizationId)
  const {records} = await readPage(db, organizationId, after, head)
  return records.map(({data}) => JSON.parse(data))
}

/** Appends `count` events about members in one transaction. The events are not published. */
export async function appendMemberEvents(
  db: Database,
  organizationId: string,
  count: number,
): Promise<Appended> {
  const timestamp = new Date().toISOString()
  const events = Array.from({length: count}, () => {
    const member = {id: newId(), name: 'Zoë'}
    return {event: {type: 'member.updated' as const, timestamp, actor_user_id: member.id, member}}
  })
  return db.transaction().execute(trx => appendEvents(trx, organizationId, timestamp, events))
}
