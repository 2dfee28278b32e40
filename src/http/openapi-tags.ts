/** Describes the groups of operations for the contract. */
import type {Tag} from './route.ts'

const descriptions: Record<Tag, string> = {
  Streams:
    'Server-Sent Events. A stream delivers each committed event exactly once and in order. A stream that breaks resumes after the last id that the client has received.',
  Projects: 'A project has sprints and stories.',
  Sprints: 'A sprint belongs to a project. The board of a sprint contains its stories and tasks.',
  Stories: 'A story belongs to a project, and can be in one sprint. A story has tasks.',
  Tasks: 'A task belongs to a story. A member takes a task and becomes its owner.',
  Labels: 'Labels of a project. Each task of the project can have some of them.',
  Search: 'Finds tasks, stories and comments by their words.',
  Comments: 'Comments on tasks. A comment can mention members.',
  Escalations: 'Questions that block work. Each question is answered once.',
  Notifications: 'Notifications inform you about actions of other members that concern you.',
  Activity: 'Reports of agents, pipelines and pull requests about a project.',
  GitHub: 'Webhooks of GitHub, which report pull requests, pushed commits and failed workflow runs.',
  'Import and export': 'Files with the content of a whole project.',
  Members: 'The people and API keys of your organization, and their roles.',
  'API keys': 'Credentials for programs.',
  Session: 'Sign-in and sign-out for the page of the server.',
  Server: 'Probes for load balancers, and this contract.',
}

export const tags = Object.entries(descriptions).map(([name, description]) => ({name, description}))
