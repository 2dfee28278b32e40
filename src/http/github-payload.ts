/**
 * Converts the payloads of GitHub's webhooks to activities. These payloads report pull requests that were opened or
 * merged, and workflow runs that failed.
 */
import {z} from 'zod'
import {type NewActivity, newActivitySchema} from '../board/activity.ts'
import {oneLine} from '../board/fields.ts'
import {validate} from './validate.ts'

/**
 * Returns the activity, or undefined for an event that the board does not show. Throws Problem 'invalid-request' when
 * the payload is invalid.
 */
export function readActivity(event: string, payload: unknown): NewActivity | undefined {
  const activity = convert(event, payload)
  return activity && validate('body', newActivitySchema, activity)
}

function convert(event: string, payload: unknown): z.input<typeof newActivitySchema> | undefined {
  if (event === 'pull_request') return fromPullRequest(validate('body', pullRequestPayload, payload))
  if (event === 'workflow_run') return fromWorkflowRun(validate('body', workflowRunPayload, payload))
  return undefined
}

const pullRequestPayload = z.object({
  action: z.string(),
  pull_request: z.object({
    number: z.int(),
    title: z.string(),
    html_url: z.string(),
    merged: z.boolean().nullish(),
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
