// Creates a realistic sprint in progress, for screenshots and for tests of a full board.
import type {TaskStatus} from '../../src/board/task.ts'
import type {Client, Server} from './server.ts'

export interface SampleTeam {
  ada: Client
  grace: Client
  edsger: Client
  barbara: Client
}
type Name = keyof SampleTeam

const names: Record<Name, string> = {
  ada: 'Ada Lovelace',
  grace: 'Grace Hopper',
  edsger: 'Edsger Dijkstra',
  barbara: 'Barbara Liskov',
}

/** Sends one request as each member, because the first request of a member creates the member. */
export async function sampleTeam(server: Server, org: string) {
  const claimsOf = (sub: Name) =>
    ({sub, org, role: sub === 'ada' ? 'admin' : 'member', name: names[sub]}) as const
  const team = {} as SampleTeam
  for (const name of Object.keys(names) as Name[]) {
    team[name] = server.as(claimsOf(name))
    await team[name].caller()
  }
  return {team, claimsOf}
}

type SampleTask = [title: string, hours: number | null, status: TaskStatus, owner?: Name]

const stories: [title: string, status: string, tasks: SampleTask[]][] = [
  [
    'Checkout takes one page',
    'in_progress',
    [
      ['Merge address and payment into one form', 5, 'completed', 'grace'],
      ['Keep the basket when a session expires', 3, 'in_progress', 'ada'],
      ['Say what is wrong beside the field, not above the form', 2, 'in_progress', 'grace'],
      ['Remember the delivery address', 2, 'owned', 'edsger'],
      ['Offer the last used card first', 1, 'available'],
    ],
  ],
  [
    'Orders are never charged twice',
    'in_progress',
    [
      ['Idempotency key on every charge', 3, 'completed', 'edsger'],
      ['Replay the payment log of March against staging', 8, 'in_progress', 'barbara'],
      ['Alert when two charges share an order', 2, 'owned', 'ada'],
      ['Write down how to refund by hand', 1, 'available'],
      ['Ask the bank for a sandbox that times out', null, 'available'],
    ],
  ],
  [
    'The shop works on a slow phone',
    'committed',
    [
      ['Measure the three slowest pages', 2, 'completed', 'barbara'],
      ['Serve pictures in the size that is shown', 3, 'available'],
      ['Load reviews only when somebody scrolls to them', 2, 'available'],
      ['Drop the second analytics script', 1, 'cancelled'],
    ],
  ],
  [
    'Support sees what the customer saw',
    'ready',
    [
      ['Show the order as it was at the time of the call', 5, 'available'],
      ['Link from a ticket to the order', 1, 'owned', 'barbara'],
      ['Hide card numbers from screenshots', 2, 'failed', 'grace'],
    ],
  ],
]

/** Creates a project with a current sprint, a past sprint, and stories that are not in a sprint. */
export async function sampleSprint({ada, ...others}: SampleTeam) {
  const team: SampleTeam = {ada, ...others}
  const {body: project} = await ada.post('/projects', {name: 'Web shop', phase: 'build'})
  const inProject = `/projects/${project.id}`
  await ada.post(`${inProject}/sprints`, {
    name: 'Sprint 11',
    goal: 'Search finds what people mean',
    starts_on: day(-20),
    ends_on: day(-7),
  })
  const {body: sprint} = await ada.post(`${inProject}/sprints`, {
    name: 'Sprint 12',
    goal: 'Nobody gives up at the till: checkout on one page, on any phone, charged once',
    starts_on: day(-6),
    ends_on: day(7),
  })
  await ada.put(`/sprints/${sprint.id}/status`, {status: 'active'})
  const tasks: {id: string; key: string; title: string}[] = []
  for (const [title, status, ofStory] of stories) {
    const {body: story} = await ada.post(`${inProject}/stories`, {title, sprint_id: sprint.id})
    await ada.put(`/stories/${story.id}/status`, {status})
    for (const [title, estimated_hours, status, owner] of ofStory) {
      const {body: task} = await ada.post(`/stories/${story.id}/tasks`, {title, estimated_hours})
      tasks.push(task)
      await bringTo(team[owner ?? 'ada'], task.id, status)
    }
  }
  await ada.post(`${inProject}/stories`, {title: 'Gift cards'})
  await ada.post(`${inProject}/stories`, {title: 'Order by voice'})
  return {project, sprint, tasks}
}

/** Creates escalations and activities for the dashboard. */
export async function sampleDashboard({ada, grace, edsger}: SampleTeam, projectId: string): Promise<void> {
  const inProject = `/projects/${projectId}`
  const {user_id} = await ada.caller()
  const asked = await edsger.post(`${inProject}/escalations`, {
    question: 'May we store the address without asking, if the customer has an account?',
    assignee_user_id: user_id,
  })
  await ada.post(`/escalations/${asked.body.id}/response`, {
    response: 'Yes, since they agreed to the new terms.',
  })
  await grace.post(`${inProject}/escalations`, {
    question: 'The bank wants a signed form before it opens the sandbox. Who may sign?',
    assignee_user_id: user_id,
  })
  const pr = (number: number, title: string, author: string) => ({
    pr: {number, title, url: `https://example.com/shop/pull/${number}`, author},
  })
  await ada.post(`${inProject}/activity`, [
    {type: 'agent.started', agent: 'test-writer', run_id: 'run-7'},
    {type: 'pr.created', ...pr(418, 'Merge address and payment', 'grace')},
    {type: 'workflow.error', workflow: 'Nightly replay', message: 'staging ran out of disk'},
    {type: 'agent.completed', agent: 'test-writer', run_id: 'run-7', outcome: 'succeeded'},
    {type: 'pr.merged', ...pr(418, 'Merge address and payment', 'grace')},
  ])
}

/** Changes an available task to `status`. Sends the same requests that the owner of the task would send. */
async function bringTo(owner: Client, taskId: string, status: TaskStatus): Promise<void> {
  if (status === 'available') return
  if (status === 'cancelled') return void (await owner.put(`/tasks/${taskId}/status`, {status}))
  await owner.put(`/tasks/${taskId}/ownership`)
  if (status === 'owned') return
  await owner.put(`/tasks/${taskId}/status`, {status: 'in_progress'})
  if (status !== 'in_progress') await owner.put(`/tasks/${taskId}/status`, {status})
}

/** Returns the date `fromToday` days after today. */
export function day(fromToday: number): string {
  return new Date(Date.now() + fromToday * 86_400_000).toISOString().slice(0, 10)
}
