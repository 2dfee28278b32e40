import {createHmac, randomUUID} from 'node:crypto'
import * as payloads from './github-payloads.ts'
import type {Client} from './server.ts'

const secret = 'A secret shared with GitHub'

/** Sets the secret of the task's project as `admin`, and delivers a pull request that names the key of the task. */
export async function linkPullRequest(
  url: string,
  admin: Client,
  task: {project_id: string; key: string},
): Promise<void> {
  await admin.put(`/projects/${task.project_id}/github-secret`, {secret})
  const pull_request = {...payloads.opened.pull_request, title: `${task.key} Fill the tank`}
  const body = JSON.stringify({...payloads.opened, action: 'edited', pull_request})
  const response = await fetch(`${url}/api/v1/hooks/github/${task.project_id}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'pull_request',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  })
  if (response.status !== 202) throw new Error(await response.text())
}
