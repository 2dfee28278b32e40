// Shortened examples from GitHub's documentation (docs.github.com, "Webhook events and payloads"). The
// complete examples are in octokit/webhooks under payload-examples. The shortened examples contain the fields
// that Boardcast reads, and a few other fields.

const user = {login: 'Codertocat', id: 21031067, type: 'User', site_admin: false}
const repository = {id: 186853002, name: 'Hello-World', full_name: 'Codertocat/Hello-World', private: false}

const pullRequest = {
  url: 'https://api.github.com/repos/Codertocat/Hello-World/pulls/2',
  id: 279147437,
  html_url: 'https://github.com/Codertocat/Hello-World/pull/2',
  number: 2,
  state: 'open',
  locked: false,
  title: 'Update the README with new information.',
  user,
  body: 'This is a pretty simple change that we need to pull into master.',
  created_at: '2019-05-15T15:20:33Z',
  updated_at: '2019-05-15T15:20:33Z',
  closed_at: null as string | null,
  merged_at: null as string | null,
  assignees: [user],
  labels: [{id: 1362934389, name: 'bug', color: 'd73a4a', default: true}],
  draft: false,
  merged: false,
  merged_by: null as typeof user | null,
  comments: 0,
  commits: 1,
}

const closedAt = {state: 'closed', closed_at: '2019-05-15T15:21:18Z'}

export const opened = {action: 'opened', number: 2, pull_request: pullRequest, repository, sender: user}
export const closed = {...opened, action: 'closed', pull_request: {...pullRequest, ...closedAt}}
export const merged = {
  ...closed,
  pull_request: {...closed.pull_request, merged: true, merged_at: closedAt.closed_at, merged_by: user},
}

const workflowRun = {
  id: 289782451,
  name: '',
  head_branch: 'master',
  head_sha: '3484a3fb816e0859fd6e1cea078d76385ff50625',
  event: 'repository_dispatch',
  run_number: 7,
  status: 'completed',
  conclusion: 'success' as string | null,
  html_url: 'https://github.com/octo-org/octo-repo/actions/runs/289782451',
  pull_requests: [],
}
const workflow = {id: 2823525, name: 'test', path: '.github/workflows/test.yml', state: 'active'}

export const succeeded = {action: 'completed', workflow, workflow_run: workflowRun, repository, sender: user}
export const failed = {...succeeded, workflow_run: {...workflowRun, conclusion: 'failure'}}
