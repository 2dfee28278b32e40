/** What we make of GitHub's webhooks: pull requests that are opened or merged, and workflow runs that fail. */
import {z} from 'zod'
import {type NewActivity, newActivitySchema} from '../board/activity.ts'
import {validate} from './validate.ts'

/** Undefined for what is nothing to us. Throws Problem 'invalid-request' for what is not as GitHub sends it. */
export function activityOf(event: string, payload: unknown): NewActivity | undefined {
  const activity = read(event, payload)
  return activity && validate('body', newActivitySchema, activity)
}

function read(event: string, payload: unknown): z.input<typeof newActivitySchema> | undefined {
  if (event === 'pull_request') return ofPullRequest(validate('body', pullRequestPayload, payload))
  if (event === 'workflow_run') return ofWorkflowRun(validate('body', workflowRunPayload, payload))
  return undefined
}

const pullRequestPayload = z.object({
  action: z.string(),
  pull_request: z.object({
    number: z.int(),
    title: z.string(),
    html_url: z.string(),
    merged: z.boolean().nullish(),
    /** Null where the account has been deleted; GitHub itself shows `ghost` then. */
    user: z.object({login: z.string()}).nullable(),
  }),
})

function ofPullRequest({action, pull_request}: z.infer<typeof pullRequestPayload>) {
  const {number, title, html_url: url, merged, user} = pull_request
  const pr = {number, title, url, author: user?.login ?? 'ghost'}
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

/** The conclusions that somebody should look at. */
const failures = ['failure', 'timed_out', 'startup_failure']

function ofWorkflowRun({action, workflow, workflow_run: run}: z.infer<typeof workflowRunPayload>) {
  const {conclusion, html_url, run_number, head_branch} = run
  if (action !== 'completed' || !conclusion || !failures.includes(conclusion)) return undefined
  const which = [run_number && `run ${run_number}`, head_branch && `on ${head_branch}`].filter(Boolean)
  return {
    type: 'workflow.error',
    workflow: run.name || workflow?.name || 'workflow',
    message: [...which, `ended with ${conclusion}: ${html_url}`].join(' '),
  } as const
}
