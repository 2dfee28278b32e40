/** Quotas: limits on what an organization stores, and on what one request contains. */
import {Problem} from './problem.ts'

/** The limits. The name of each property is the name of a setting. */
export interface Quotas {
  /** The maximum number of projects of an organization. Default 1,000. */
  readonly MAX_PROJECTS: number
  /** The maximum number of sprints of a project. Default 1,000. */
  readonly MAX_SPRINTS_PER_PROJECT: number
  /** The maximum number of stories of a project. Default 5,000. */
  readonly MAX_STORIES_PER_PROJECT: number
  /** The maximum number of labels of a project. Default 200. */
  readonly MAX_LABELS_PER_PROJECT: number
  /** The maximum number of tasks of a story. Default 1,000. */
  readonly MAX_TASKS_PER_STORY: number
  /** The maximum number of tasks of a sprint. Default 2,000. */
  readonly MAX_TASKS_PER_SPRINT: number
  /** The maximum number of comments on a task. Default 1,000. */
  readonly MAX_COMMENTS_PER_TASK: number
  /** The maximum number of valid API keys of an organization. Default 100. */
  readonly MAX_API_KEYS: number
  /**
   * The maximum size of all texts of an organization, in bytes of UTF-8: names, titles, descriptions, goals, comments,
   * questions, answers, checklists, labels and activities. Default 1 GiB.
   */
  readonly MAX_BYTES_PER_ORG: number
  /** The maximum size of the description of a story or task, in bytes of UTF-8. Default 30,000. */
  readonly MAX_DESCRIPTION_BYTES: number
  /** The maximum number of ids and types by which one stream is filtered. Default 200. */
  readonly MAX_FILTER_VALUES: number
}

export type QuotaSetting = keyof Quotas

/** How much of a quota is used. */
export interface QuotaUsage {
  setting: QuotaSetting
  limit: number
  /**
   * What the organization used before the request. For a quota that limits one request, `used` is the amount that this
   * request contains.
   */
  used: number
}

const explanations: Record<QuotaSetting, (limit: string) => string> = {
  MAX_PROJECTS: limit => `An organization can have at most ${limit} projects.`,
  MAX_SPRINTS_PER_PROJECT: limit => `A project can have at most ${limit} sprints.`,
  MAX_STORIES_PER_PROJECT: limit => `A project can have at most ${limit} stories.`,
  MAX_LABELS_PER_PROJECT: limit => `A project can have at most ${limit} labels.`,
  MAX_TASKS_PER_STORY: limit => `A story can have at most ${limit} tasks.`,
  MAX_TASKS_PER_SPRINT: limit => `A sprint can have at most ${limit} tasks.`,
  MAX_COMMENTS_PER_TASK: limit => `A task can have at most ${limit} comments.`,
  MAX_API_KEYS: limit => `An organization can have at most ${limit} valid API keys.`,
  MAX_BYTES_PER_ORG: limit => `The texts of an organization can have at most ${limit} bytes.`,
  MAX_DESCRIPTION_BYTES: limit => `A description can have at most ${limit} bytes in UTF-8.`,
  MAX_FILTER_VALUES: limit => `A stream can be filtered by at most ${limit} ids and types.`,
}

export function quotaExceeded({setting, limit, used}: QuotaUsage): Problem {
  const detail = explanations[setting](limit.toLocaleString('en'))
  return new Problem(
    'quota-exceeded',
    `${detail} The operator of the server can change this limit with the setting ${setting}.`,
    {setting, limit, used},
  )
}
