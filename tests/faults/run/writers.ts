/** Members who change their boards during a fault run. */
import {setTimeout as delay} from 'node:timers/promises'
import type {EventType} from '../../../src/board/events.ts'
import {type StoryStatus, storyStatuses} from '../../../src/board/story.ts'
import type {TaskStatus} from '../../../src/board/task.ts'
import type {Expectation, RequestRecord} from './checker.ts'
import type {Random} from './random.ts'
import {type Answer, Requester} from './requester.ts'
import type {KnownTask, Member, Organization} from './world.ts'

/** A request, and the events that the request appends when it succeeds. */
interface Operation {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: unknown
  expects: readonly Expectation[]
  /** The version in `If-Match`. After a successful request, the version of the resource is one higher. */
  version?: number
  /** Called with the response of a successful request. */
  onDone?: (body: any) => void
  /** Called when the known version of the resource is outdated, or when the resource no longer exists. */
  onOutdated?: () => Promise<void>
}

const maxTasks = 60 // the maximum for one organization; with more tasks, the boards would be slow to read
const pauseMs = [20, 250] as const
const keyedShare = 0.6 // the share of the POST requests that have an idempotency key
const unknownId = '00000000-0000-7000-8000-000000000000'

export class Writer {
  readonly records: RequestRecord[] = []
  /** How many responses had each status and code, for example `503 store-unavailable`. */
  readonly answers = new Map<string, number>()
  readonly #name: string
  readonly #member: Member
  readonly #organization: Organization
  readonly #requester: Requester
  readonly #random: Random
  #texts = 0
  #isStopped = false
  #running: Promise<void> | undefined

  constructor(name: string, url: string, organization: Organization, member: Member, random: Random) {
    this.#name = name
    this.#organization = organization
    this.#member = member
    this.#requester = new Requester(url, member.token)
    this.#random = random
  }

  start(): void {
    this.#running = this.#run()
  }

  /**
   * Resolves when the current request has ended. When the request has an idempotency key, also waits until the result
   * of the request is clear.
   */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  /** Creates a task. Repeats the request until the result of the request is clear. */
  async createLastTask(): Promise<void> {
    await this.#perform(this.#newTask(), `${this.#name}-last`)
    this.#requester.close()
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const operation = this.#random.chance(0.1) ? this.#invalid() : this.#choose()
      const isKeyed = operation.method === 'POST' && this.#random.chance(keyedShare)
      await this.#perform(operation, isKeyed ? `${this.#name}-${this.records.length}` : undefined)
      await delay(this.#random.between(...pauseMs))
    }
  }

  async #perform(operation: Operation, idempotencyKey: string | undefined): Promise<void> {
    const {method, path, body, version, expects} = operation
    const headers = {
      ...(version !== undefined && {'if-match': `"${version}"`}),
      ...(idempotencyKey && {'idempotency-key': idempotencyKey}),
    }
    const record: RequestRecord = {
      name: `${this.#name}: ${method} ${path}`,
      organizationId: this.#organization.id,
      userId: this.#member.userId,
      outcome: 'unclear',
      idempotencyKey,
      attempts: 0,
      expects:
        version === undefined ? expects : expects.map(expected => ({...expected, version: version + 1})),
    }
    for (;;) {
      record.attempts!++
      const answer = await this.#requester.send(method, path, {body, headers})
      this.#count(answer)
      record.outcome = outcomeOf(answer)
      if (record.outcome === 'done') {
        record.eventId = answer!.eventId
        // The resource already had the requested state, so the request appended no event.
        if (version !== undefined && answer!.body?.version === version) record.expects = []
        operation.onDone?.(answer!.body)
      }
      if (answer?.status === 412 || answer?.status === 404) await operation.onOutdated?.()
      if (record.outcome !== 'unclear' || !idempotencyKey) break
      await delay(this.#random.between(100, 1_000))
    }
    this.records.push(record)
  }

  #count(answer: Answer | undefined): void {
    const label = answer ? `${answer.status} ${answer.body?.code ?? ''}`.trim() : 'no response'
    this.answers.set(label, (this.answers.get(label) ?? 0) + 1)
  }

  #choose(): Operation {
    const {tasks} = this.#organization
    if (tasks.length < 5) return this.#newTask()
    const choices: (readonly [weight: number, make: () => Operation])[] = [
      [tasks.length < maxTasks ? 4 : 1, () => this.#newTask()],
      [4, () => this.#editTask()],
      [5, () => this.#takeOrRelease()],
      [5, () => this.#setStatus()],
      [3, () => this.#comment()],
      [tasks.length < maxTasks ? 1 : 3, () => this.#deleteTask()],
      [0.5, () => this.#newStory()],
      [1, () => this.#moveStory()],
      [1, () => this.#setStoryStatus()],
      [1, () => this.#reportPullRequests()],
      [1, () => this.#escalate()],
    ]
    let left = this.#random.next() * choices.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, make] of choices) {
      left -= weight
      if (left < 0) return make()
    }
    return this.#newTask()
  }

  #newTask(): Operation {
    const text = this.#text()
    return {
      method: 'POST',
      path: `/stories/${this.#story().id}/tasks`,
      body: {title: `Task ${text}`, description: 'x'.repeat(this.#random.between(0, 300))},
      expects: [{types: ['task.created'], text}],
      onDone: task => this.#organization.tasks.push(knownTask(task)),
    }
  }

  #editTask(): Operation {
    const task = this.#task()
    const text = this.#text()
    return {
      method: 'PATCH',
      path: `/tasks/${task.id}`,
      body: {title: `Task ${text} é`},
      expects: [{types: ['task.updated'], text}],
      onDone: edited => this.#remember(edited),
      onOutdated: () => this.#refreshTask(task.id),
    }
  }

  #takeOrRelease(): Operation {
    const task = this.#task()
    const isOwn = task.ownerId === this.#member.userId
    const type = isOwn && this.#random.chance(0.8) ? 'ownership_released' : 'ownership_taken'
    return this.#changeTask(task, type === 'ownership_taken' ? 'PUT' : 'DELETE', 'ownership', undefined, [
      {types: [type], task_id: task.id},
    ])
  }

  #setStatus(): Operation {
    const task = this.#task()
    const status = this.#random.pick(this.#random.chance(0.8) ? nextStatuses[task.status] : allStatuses)
    const lifecycle = lifecycleTypes[status]
    return this.#changeTask(task, 'PUT', 'status', {status}, [
      {types: ['status_changed'], task_id: task.id},
      ...(lifecycle ? [{types: [lifecycle], task_id: task.id}] : []),
    ])
  }

  #changeTask(
    {id, version}: KnownTask,
    method: Operation['method'],
    what: string,
    body: unknown,
    expects: Expectation[],
  ): Operation {
    return {
      method,
      path: `/tasks/${id}/${what}`,
      body,
      version,
      expects,
      onDone: task => this.#remember(task),
      onOutdated: () => this.#refreshTask(id),
    }
  }

  #comment(): Operation {
    const text = this.#text()
    const {userId} = this.#random.pick(this.#organization.members)
    return {
      method: 'POST',
      path: `/tasks/${this.#task().id}/comments`,
      body: {body: `See ${text}`, mentions: this.#random.chance(0.5) ? [userId] : []},
      expects: [{types: ['task.commented'], text}],
    }
  }

  #deleteTask(): Operation {
    const own = this.#organization.tasks.filter(({creatorId}) => creatorId === this.#member.userId)
    if (own.length === 0) return this.#newTask()
    const {id} = this.#random.pick(own)
    this.#forget(id)
    return {method: 'DELETE', path: `/tasks/${id}`, expects: [{types: ['task.deleted'], task_id: id}]}
  }

  #newStory(): Operation {
    const text = this.#text()
    const {id: projectId, sprints} = this.#random.pick(this.#organization.projects)
    return {
      method: 'POST',
      path: `/projects/${projectId}/stories`,
      body: {title: `Story ${text}`, sprint_id: this.#random.pick([...sprints, null])},
      expects: [{types: ['story.created'], text}],
    }
  }

  #moveStory(): Operation {
    const story = this.#story()
    const text = this.#text()
    const {sprints} = this.#organization.projects.find(({id}) => id === story.projectId)!
    return {
      method: 'PATCH',
      path: `/stories/${story.id}`,
      body: {title: `Story ${text}`, sprint_id: this.#random.pick([...sprints, null])},
      // When the story is already in this sprint, the event is `story.updated`.
      expects: [{types: ['story.moved', 'story.updated'], text}],
      onDone: moved => Object.assign(story, {version: moved.version}),
    }
  }

  #setStoryStatus(): Operation {
    const story = this.#story()
    const status: StoryStatus = this.#random.pick(storyStatuses)
    return {
      method: 'PUT',
      path: `/stories/${story.id}/status`,
      body: {status},
      version: story.version,
      expects: [{types: ['story.status.changed'], story_id: story.id}],
      onDone: changed => Object.assign(story, {version: changed.version, status}),
      onOutdated: async () => {
        const answer = await this.#requester.send('GET', `/stories/${story.id}`)
        if (answer?.status === 200) Object.assign(story, {version: answer.body.version})
      },
    }
  }

  /** Reports up to four pull requests in one request. The server must record all these activities, or none. */
  #reportPullRequests(): Operation {
    const {id} = this.#random.pick(this.#organization.projects)
    const texts = Array.from({length: 1 + Math.floor(this.#random.next() * 4)}, () => this.#text())
    return {
      method: 'POST',
      path: `/projects/${id}/activity`,
      body: texts.map(text => ({
        type: 'pr.created',
        pr: {number: 1, title: text, url: 'https://code.example/1', author: 'ada'},
      })),
      expects: texts.map(text => ({types: ['pr.created'], text})),
    }
  }

  #escalate(): Operation {
    const text = this.#text()
    const {id} = this.#random.pick(this.#organization.projects)
    const {userId} = this.#random.pick(this.#organization.members)
    return {
      method: 'POST',
      path: `/projects/${id}/escalations`,
      body: {question: `May we ${text}?`, assignee_user_id: userId},
      expects: [{types: ['escalation.created'], text}],
    }
  }

  /** Returns a request that the server must reject. */
  #invalid(): Operation {
    const text = this.#text()
    const story = this.#story()
    const body = {title: `Task ${text}`}
    const expects: Expectation[] = [{types: ['task.created', 'task.updated'], text}]
    return this.#random.pick<Operation>([
      {method: 'POST', path: `/stories/${story.id}/tasks`, body: {...body, unknown: true}, expects},
      {method: 'POST', path: `/stories/${unknownId}/tasks`, body, expects},
      {method: 'PATCH', path: `/tasks/${unknownId}`, body, expects},
      {
        method: 'PATCH',
        path: `/tasks/${this.#organization.tasks[0]?.id ?? unknownId}`,
        body: {title: text, version: 1},
        expects,
      },
    ])
  }

  /** Returns a text that no other request contains. */
  #text(): string {
    return `#${this.#name}-${++this.#texts}#`
  }

  #task(): KnownTask {
    return this.#random.pick(this.#organization.tasks)
  }

  #story() {
    return this.#random.pick(this.#organization.stories)
  }

  async #refreshTask(id: string): Promise<void> {
    const answer = await this.#requester.send('GET', `/tasks/${id}`)
    if (answer?.status === 200) this.#remember(answer.body)
    if (answer?.status === 404) this.#forget(id)
  }

  #remember(task: any): void {
    const known = this.#organization.tasks.find(({id}) => id === task.id)
    if (known && task.version > known.version) Object.assign(known, knownTask(task))
  }

  #forget(id: string): void {
    this.#organization.tasks = this.#organization.tasks.filter(task => task.id !== id)
  }
}

function knownTask(task: any): KnownTask {
  const {id, version, status, owner_user_id: ownerId, created_by_user_id: creatorId} = task
  return {id, version, status, ownerId, creatorId}
}

/**
 * Returns the outcome that the response shows. While an earlier attempt with the same idempotency key is in progress,
 * the server responds with 409, and the outcome of the request is unclear.
 */
function outcomeOf(answer: Answer | undefined): RequestRecord['outcome'] {
  if (!answer || answer.status >= 500 || answer.body?.code === 'idempotency-key-in-use') return 'unclear'
  return answer.status >= 400 ? 'rejected' : 'done'
}

/** When a task gets one of these statuses, the server also appends an event of the type in this table. */
const lifecycleTypes: Partial<Record<TaskStatus, EventType>> = {
  in_progress: 'task.started',
  completed: 'task.completed',
  failed: 'task.failed',
  cancelled: 'task.cancelled',
}

const nextStatuses: Record<TaskStatus, readonly TaskStatus[]> = {
  available: ['cancelled'],
  owned: ['in_progress'],
  in_progress: ['owned', 'completed', 'failed', 'cancelled'],
  completed: ['available'],
  failed: ['available'],
  cancelled: ['available'],
}
const allStatuses = Object.keys(nextStatuses) as TaskStatus[]
