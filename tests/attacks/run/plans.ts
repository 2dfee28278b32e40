/**
 * For each operation, the facts that are missing in the contract: the kind of the resource in the path, a body with
 * which the request succeeds, and the lowest role that may use the operation. Every operation of the contract has a
 * plan, which contains these facts.
 */
import type {Role} from '../../../src/board/member.ts'
import {type Operation, readOperations} from './contract.ts'
import {exampleOf} from './schemas.ts'
import type {Kind, Organization} from './world.ts'

export interface Plan {
  /** The kind of the resource whose id is in the path. */
  kind?: Kind
  /**
   * Whether a successful request changes the resource, so that each request needs a new resource. `owned`: the new
   * resource is a task that the caller owns.
   */
  needsNew?: boolean | 'owned'
  /** The query of the request. Default: none. */
  query?: Readonly<Record<string, string>>
  /**
   * Returns the body of the request. `id` is the id that the path would contain. Default: a body with only the required
   * fields of the schema.
   */
  body?: (organization: Organization, id: string) => unknown
  /**
   * The lowest role that may use the operation. The default is `member` when the contract lists `role-insufficient` for
   * the operation. Otherwise, the default is `viewer`.
   */
  role?: Role
  /**
   * The status of the response to an admin of another organization. The default is 404 when the path contains the id of
   * a resource. When the path contains no id, the request of this admin succeeds by default.
   */
  foreign?: number
  /** Returns the path of a read that contains the changed resource. Default for PATCH: the path of the request. */
  readAt?: (organization: Organization) => string
  /** Whether a successful request ends sessions of the page. */
  endsSessions?: boolean
  /** The status of the response to every caller. Set only when the operation needs no credential. */
  everyone?: number
}

const api = '/api/v1'

const plans: Readonly<Record<string, Plan>> = {
  [`GET ${api}/me`]: {},
  [`GET ${api}/dashboard`]: {},
  [`GET ${api}/me/tasks`]: {},
  [`GET ${api}/tasks/{id}/history`]: {kind: 'task'},
  [`GET ${api}/sprints/{id}/history`]: {kind: 'sprint'},
  [`GET ${api}/search`]: {query: {q: 'task'}},
  [`GET ${api}/members`]: {},

  [`POST ${api}/api-keys`]: {role: 'admin'},
  [`GET ${api}/api-keys`]: {role: 'admin'},
  [`PATCH ${api}/members/{id}`]: {kind: 'keyMember', role: 'admin', body: () => ({role: 'viewer'})},
  [`DELETE ${api}/members/{id}`]: {kind: 'keyMember', needsNew: true, role: 'admin'},
  [`DELETE ${api}/sessions`]: {endsSessions: true},
  [`DELETE ${api}/api-keys/{id}`]: {kind: 'apiKey', needsNew: true, role: 'admin'},

  [`POST ${api}/projects`]: {},
  [`GET ${api}/projects`]: {},
  [`GET ${api}/projects/{id}`]: {kind: 'project'},
  [`PATCH ${api}/projects/{id}`]: {kind: 'project'},
  [`DELETE ${api}/projects/{id}`]: {kind: 'project', needsNew: true, role: 'admin'},
  [`GET ${api}/projects/{id}/backlog`]: {kind: 'project'},

  [`POST ${api}/projects/{id}/labels`]: {kind: 'project', needsNew: true, body: ({word}) => ({name: word})},
  [`GET ${api}/projects/{id}/labels`]: {kind: 'project'},
  [`PATCH ${api}/labels/{id}`]: {kind: 'label', readAt: ({ids}) => `${api}/projects/${ids.project}/labels`},
  [`DELETE ${api}/labels/{id}`]: {kind: 'label', needsNew: true},

  [`POST ${api}/projects/{id}/sprints`]: {kind: 'project'},
  [`GET ${api}/projects/{id}/sprints`]: {kind: 'project'},
  [`GET ${api}/sprints/{id}`]: {kind: 'sprint'},
  [`PATCH ${api}/sprints/{id}`]: {kind: 'sprint'},
  [`PUT ${api}/sprints/{id}/status`]: {kind: 'sprint'},
  [`GET ${api}/sprints/{id}/burndown`]: {kind: 'sprint'},
  [`GET ${api}/projects/{id}/velocity`]: {kind: 'project'},
  [`DELETE ${api}/sprints/{id}`]: {kind: 'sprint', needsNew: true, role: 'admin'},
  [`GET ${api}/sprints/{id}/board`]: {kind: 'sprint'},
  [`GET ${api}/sprints/{id}/presence`]: {kind: 'sprint'},
  [`PUT ${api}/sprints/{id}/presence`]: {
    kind: 'sprint',
    role: 'viewer',
    body: ({ids}) => ({client_id: 'tab-1', task_id: ids.task}),
  },
  [`POST ${api}/divergences`]: {
    role: 'viewer',
    body: ({ids, cursor}) => {
      const digest = '0'.repeat(64)
      return {sprint_id: ids.sprint, cursor, expected: digest, actual: digest}
    },
    foreign: 404,
  },

  [`POST ${api}/projects/{id}/stories`]: {kind: 'project'},
  [`GET ${api}/projects/{id}/stories`]: {kind: 'project'},
  [`GET ${api}/stories/{id}`]: {kind: 'story'},
  [`PATCH ${api}/stories/{id}`]: {kind: 'story'},
  [`DELETE ${api}/stories/{id}`]: {kind: 'story', needsNew: true},
  [`PUT ${api}/stories/{id}/status`]: {kind: 'story'},

  [`PUT ${api}/stories/{id}/rank`]: {kind: 'story', body: () => ({before_story_id: null})},

  [`POST ${api}/stories/{id}/tasks`]: {kind: 'story'},
  [`GET ${api}/stories/{id}/tasks`]: {kind: 'story'},
  [`GET ${api}/tasks/{id}`]: {kind: 'task'},
  [`PATCH ${api}/tasks/{id}`]: {kind: 'task'},
  [`DELETE ${api}/tasks/{id}`]: {kind: 'task', needsNew: true},
  [`PUT ${api}/tasks/{id}/ownership`]: {kind: 'task', needsNew: true},
  [`DELETE ${api}/tasks/{id}/ownership`]: {kind: 'task', needsNew: 'owned'},
  [`PUT ${api}/tasks/{id}/status`]: {kind: 'task', needsNew: true, body: () => ({status: 'cancelled'})},
  [`PUT ${api}/tasks/{id}/rank`]: {kind: 'task', body: () => ({before_task_id: null})},
  [`PUT ${api}/tasks/{id}/labels/{label_id}`]: {kind: 'taskLabel'},
  [`DELETE ${api}/tasks/{id}/labels/{label_id}`]: {kind: 'taskLabel'},
  [`POST ${api}/tasks/changes`]: {
    kind: 'task',
    body: (_, id) => ({task_ids: [id], changes: {priority: 'low'}}),
    foreign: 409,
  },
  [`POST ${api}/tasks/deletions`]: {
    kind: 'task',
    needsNew: true,
    body: (_, id) => ({task_ids: [id]}),
    foreign: 409,
  },

  [`POST ${api}/tasks/{id}/checklist`]: {kind: 'task', needsNew: true},
  [`PATCH ${api}/tasks/{id}/checklist/{item_id}`]: {
    kind: 'checklistItem',
    readAt: ({ids}) => `${api}/tasks/${ids.task}`,
  },
  [`DELETE ${api}/tasks/{id}/checklist/{item_id}`]: {kind: 'checklistItem', needsNew: true},

  [`PUT ${api}/tasks/{id}/blockers/{blocker_id}`]: {kind: 'blocker'},
  [`DELETE ${api}/tasks/{id}/blockers/{blocker_id}`]: {kind: 'blocker', needsNew: true},

  [`POST ${api}/tasks/{id}/comments`]: {kind: 'task'},
  [`GET ${api}/tasks/{id}/comments`]: {kind: 'task'},
  [`GET ${api}/comments/{id}`]: {kind: 'comment'},
  [`PATCH ${api}/comments/{id}`]: {kind: 'comment', needsNew: true, body: () => ({body: 'Example'})},
  [`DELETE ${api}/comments/{id}`]: {kind: 'comment', needsNew: true},

  [`POST ${api}/projects/{id}/escalations`]: {kind: 'project'},
  [`GET ${api}/projects/{id}/escalations`]: {kind: 'project'},
  [`GET ${api}/escalations/{id}`]: {kind: 'escalation'},
  [`POST ${api}/escalations/{id}/response`]: {kind: 'escalation', needsNew: true},

  [`GET ${api}/notifications`]: {},
  [`PUT ${api}/notifications/{id}/read`]: {kind: 'notification', needsNew: true},
  [`PUT ${api}/notifications/read`]: {body: ({cursor}) => ({up_to: cursor}), foreign: 409},

  [`POST ${api}/projects/{id}/activity`]: {
    kind: 'project',
    body: () => ({type: 'workflow.error', workflow: 'Example', message: 'Example'}),
  },
  [`GET ${api}/projects/{id}/activity`]: {kind: 'project'},
  [`PUT ${api}/projects/{id}/github-secret`]: {
    kind: 'project',
    role: 'admin',
    body: ({word}) => ({secret: word}),
  },

  [`GET ${api}/projects/{id}/export`]: {kind: 'project'},
  [`POST ${api}/projects/{id}/imports`]: {kind: 'project', body: () => ({boardcast_export: 1})},

  [`GET ${api}/events/tasks`]: {},
  [`GET ${api}/events/projects`]: {},
  [`GET ${api}/events/user`]: {},
  [`GET ${api}/events`]: {},
  [`POST ${api}/events/tickets`]: {},

  'GET /livez': {everyone: 200},
  'GET /readyz': {everyone: 200},
  'GET /openapi.yaml': {everyone: 200},
  [`POST ${api}/hooks/github/{project_id}`]: {kind: 'project', everyone: 401},
  // `session-cells.ts` sends the credential in the body.
  [`POST ${api}/session`]: {body: () => ({}), everyone: 400},
  [`DELETE ${api}/session`]: {everyone: 204, endsSessions: true},
  [`GET ${api}/demo/members`]: {everyone: 404},
}

export interface PlannedOperation extends Operation {
  plan: Plan
  /** The lowest role that may use the operation. */
  role: Role
}

/** Returns all operations of the contract. Throws when an operation has no plan, or when a plan has no operation. */
export function planOperations(operations = readOperations()): PlannedOperation[] {
  const unplanned = operations.filter(({name}) => !plans[name]).map(({name}) => name)
  const unknown = Object.keys(plans).filter(name => !operations.some(operation => operation.name === name))
  if (unplanned.length > 0)
    throw new Error(`Add a plan to tests/attacks/run/plans.ts: ${unplanned.join(', ')}`)
  if (unknown.length > 0) throw new Error(`openapi.yaml does not contain: ${unknown.join(', ')}`)
  return operations.map(operation => {
    const plan = plans[operation.name]!
    return {...operation, plan, role: plan.role ?? lowestRoleOf(operation)}
  })
}

function lowestRoleOf({problems}: Operation): Role {
  return problems.get(403)?.includes('role-insufficient') ? 'member' : 'viewer'
}

/** Returns the path with the id of the resource. The id of a checklist item is `task:item`; blockers and labels of a task are similar. */
export function pathOf({path}: Operation, id: string): string {
  const [first = '', second = first] = id.split(':')
  return path.replace(/\{\w+\}/, first).replace(/\{\w+\}/, second)
}

/** Returns a body with which the request succeeds. Returns undefined when the operation has no body. */
export function bodyOf({plan, body}: PlannedOperation, organization: Organization, id: string): unknown {
  if (plan.body) return plan.body(organization, id)
  return body && exampleOf(body)
}
