/**
 * The types of the tables in `schema/`, in the form that Kysely needs. Times are RFC 3339 strings; `connection.ts`
 * configures the conversion.
 */
import type {ColumnType, Generated} from 'kysely'
import type {ActivityType} from '../board/activity.ts'
import type {ChecklistItem} from '../board/checklist.ts'
import type {Comment} from '../board/comment.ts'
import type {Escalation} from '../board/escalation.ts'
import type {EventType} from '../board/events.ts'
import type {Fact} from '../board/history.ts'
import type {Label} from '../board/label.ts'
import type {Role} from '../board/member.ts'
import type {Notification} from '../board/notification.ts'
import type {Project} from '../board/project.ts'
import type {Sprint, SprintDay} from '../board/sprint.ts'
import type {Story} from '../board/story.ts'
import type {Task} from '../board/task.ts'
import type {TaskLink} from '../board/task-links.ts'

export interface Tables {
  organizations: {id: string; issuer: string; claim: string; created_at: string}
  members: InOrganization<{
    id: string
    issuer: string
    subject: string
    name: string
    email: string | null
    named_at: string
    created_at: string
    claimed_role: Generated<Role | null>
    set_role: Generated<Role | null>
    removed_at: Generated<string | null>
    last_seen_at: Generated<string | null>
  }>
  api_keys: InOrganization<{
    id: string
    member_id: string
    role: Role
    key_hash: Buffer
    created_at: string
    expires_at: string | null
    revoked_at: string | null
  }>
  sessions: InOrganization<{
    id: string
    member_id: string
    role: Role
    session_hash: Buffer
    created_at: string
    expires_at: string
    ended_at: Generated<string | null>
  }>
  tickets: InOrganization<{
    id: string
    member_id: string
    ticket_hash: Buffer
    selection: object
    api_key_id: string | null
    session_id: string | null
    created_at: string
    first_use_before: string
    expires_at: string | null
    use_id: Generated<string | null>
    used_at: Generated<string | null>
    delete_after: string
  }>
  projects: InOrganization<Project>
  labels: InOrganization<Label>
  sprints: InOrganization<Sprint>
  sprint_days: InOrganization<{sprint_id: string} & SprintDay>
  stories: InOrganization<Story>
  tasks: InOrganization<
    Omit<Task, 'checklist' | 'links'> & {
      checklist: JsonList<ChecklistItem>
      links: JsonList<TaskLink>
      may_block: Generated<boolean>
    }
  >
  task_blockers: InOrganization<{project_id: string; task_id: string; blocker_id: string}>
  task_numbers: InOrganization<{project_id: string; last_number: number}>
  comments: InOrganization<Comment>
  escalations: InOrganization<Escalation>
  notifications: InOrganization<Notification & {member_id: string; seq: number}>
  activities: InOrganization<{
    id: string
    project_id: string
    type: ActivityType
    actor_user_id: string | null
    fields: object
    created_at: string
  }>
  agent_runs: InOrganization<{
    project_id: string
    agent: string
    run_id: string
    started_at: string
    completed_at: string | null
  }>
  import_sources: InOrganization<{
    project_id: string
    kind: 'sprint' | 'label' | 'story' | 'task' | 'comment'
    source: string
    target_id: string
    digests: object
  }>
  github_secrets: InOrganization<{
    project_id: string
    sealed: Buffer
    set_by_user_id: string
    set_at: string
  }>
  github_deliveries: InOrganization<{project_id: string; delivery: string; received_at: string}>
  event_streams: InOrganization<{
    epoch: string
    head: number
    oldest: number
    text_bytes: Generated<number>
    database_identity: Generated<string | null>
  }>
  search_documents: InOrganization<{id: string; title_words: string; words: string}>
  events: InOrganization<{
    seq: number
    type: string
    project_id: string | null
    sprint_id: string | null
    left_sprint_id: string | null
    story_id: string | null
    left_story_id: string | null
    task_id: string | null
    recipients: string[] | null
    data: string
    created_at: string
  }>
  history: InOrganization<{
    subject_id: string
    seq: number
    number: number
    type: EventType
    actor_user_id: string | null
    fact: Fact
    created_at: string
  }>
  idempotency_keys: InOrganization<{
    member_id: string
    route: string
    key: string
    request_hash: Buffer
    answer: string
    created_at: string
  }>
}

/** A list in JSON. The driver would write a JavaScript list as an array of Postgres, so it is written as text. */
type JsonList<Item> = ColumnType<Item[], string, string>

type InOrganization<Row> = Row & {organization_id: string}
