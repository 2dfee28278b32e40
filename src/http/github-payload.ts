/**
 * Converts the payloads of GitHub's webhooks to activities, and to links of tasks. The payloads report pull requests,
 * pushed commits, and workflow runs that failed.
 */
import {z} from 'zod'
import {newActivitySchema} from '../board/activity.ts'
import {oneLine} from '../board/fields.ts'
import {type FoundLink, keysIn, maxKeys, taskLinkSchema} from '../board/task-links.ts'
import {truncate} from '../board/truncate.ts'
import type {DeliveryContent} from '../changes/record-delivery.ts'
import {validate} from './validate.ts'

/** Returns what the delivery reports. Throws Problem 'invalid-request' when the payload is invalid. */
export function readDelivery(event: string, payload: unknown): DeliveryContent {
  const {activity, links} = convert(event, payload)
  return {
    activity: activity && validate('body', newActivitySchema, activity),
    links: links.map(({keys, link}) => ({keys, link: validate('body', taskLinkSchema, link)})),
  }
}

interface Converted {
  activity?: z.input<typeof newActivitySchema> | undefined
  links: readonly FoundLink[]
}

function convert(event: string, payload: unknown): Converted {
  if (event === 'pull_request') {
    const pullRequest = validate('body', pullRequestPayload, payload)
    return {activity: fromPullRequest(pullRequest), links: linkOf(pullRequest)}
  }
  if (event === 'push') return {links: linksOf(validate('body', pushPayload, payload))}
  if (event === 'workflow_run') {
    return {activity: fromWorkflowRun(validate('body', workflowRunPayload, payload)), links: []}
  }
  return {links: []}
}

const instantOf = z.iso.datetime({offset: true}).transform(time => new Date(time).toISOString())

const pullRequestPayload = z.object({
  action: z.string(),
  pull_request: z.object({
    number: z.int(),
    title: z.string(),
    html_url: z.string(),
    merged: z.boolean().nullish(),
    state: z.string().nullish(),
    body: z.string().nullish(),
    head: z.object({ref: z.string()}).nullish(),
    updated_at: instantOf.nullish(),
    /** The author. Null when the author's account was deleted. GitHub shows deleted accounts as `ghost`. */
    user: z.object({login: z.string()}).nullable(),
  }),
})

function fromPullRequest({action, pull_request}: z.infer<typeof pullRequestPayload>) {
  const {number, title, html_url: url, merged, user} = pull_request
  const pr = {number, title: oneLine(title), url, author: user?.login ?? 'ghost'}
  if (action === 'opened') return {type: 'pr.created', pr} as const
  return action === 'closed' && merged ? ({type: 'pr.merged', pr} as const) : undefined
}

// Only these actions change what a link shows. GitHub also reports, for example, each label and each reviewer.
const linkActions = ['opened', 'edited', 'reopened', 'closed']

function linkOf({action, pull_request}: z.infer<typeof pullRequestPayload>): FoundLink[] {
  if (!linkActions.includes(action)) return []
  const {number, title, html_url: url, merged, state, body, head, updated_at} = pull_request
  if (!updated_at) return []
  const present = merged ? 'merged' : state === 'closed' ? 'closed' : 'open'
  const link = {
    kind: 'pull_request',
    url,
    title: titleOf(title, `#${number}`),
    state: present,
    updated_at,
  } as const
  return [{keys: keysIn(title, head?.ref, body), link}]
}

const maxLinkedCommits = 100 // of one push

const pushPayload = z.object({
  commits: z.array(z.object({url: z.string(), message: z.string(), timestamp: instantOf})).default([]),
})

function linksOf({commits}: z.infer<typeof pushPayload>): FoundLink[] {
  const found = commits.map(({url, message, timestamp: updated_at}): FoundLink => {
    const title = titleOf(message.split('\n', 1)[0]!, 'Commit')
    return {keys: keysIn(message), link: {kind: 'commit', url, title, state: null, updated_at}}
  })
  // The times of commits are not checked by git, so a link can be invalid.
  const valid = found.filter(({keys, link}) => keys.length > 0 && taskLinkSchema.safeParse(link).success)
  const newest = valid.slice(-maxLinkedCommits)
  const kept = [...new Set(newest.flatMap(({keys}) => keys))].slice(0, maxKeys)
  const withKept = newest.map(({keys, link}) => ({keys: keys.filter(key => kept.includes(key)), link}))
  return withKept.filter(({keys}) => keys.length > 0)
}

function titleOf(text: string, ifEmpty: string): string {
  return truncate(oneLine(text).trim(), 200).trim() || ifEmpty
}

const workflowRunPayload = z.object({
  action: z.string(),
  workflow: z.object({name: z.string()}).nullish(),
  workflow_run: z.object({
    name: z.string().nullish(),
    conclusion: z.string().nullish(),
    html_url: z.string(),
    run_number: z.int().nullish(),
    head_branch: z.string().nullish(),
  }),
})

const failedConclusions = ['failure', 'timed_out', 'startup_failure']

function fromWorkflowRun({action, workflow, workflow_run: run}: z.infer<typeof workflowRunPayload>) {
  const {conclusion, html_url, run_number, head_branch} = run
  if (action !== 'completed' || !conclusion || !failedConclusions.includes(conclusion)) return undefined
  const details = [run_number && `run ${run_number}`, head_branch && `on ${head_branch}`].filter(Boolean)
  return {
    type: 'workflow.error',
    workflow: oneLine(run.name || workflow?.name || 'workflow'),
    message: [...details, `ended with ${conclusion}: ${html_url}`].join(' '),
  } as const
}
