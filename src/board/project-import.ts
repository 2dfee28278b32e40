/** The report of an import: what a file contains, and what of it becomes part of the project. */
import {z} from 'zod'
import {taskStatus} from './task.ts'

export const importFormats = ['trello', 'jira', 'github', 'csv', 'boardcast'] as const
const importFormat = z.enum(importFormats)
export type ImportFormat = z.infer<typeof importFormat>

/** The kinds of things that a report counts. */
export const importedKinds = ['sprints', 'labels', 'stories', 'tasks', 'checklist_items', 'comments'] as const
export type ImportedKind = (typeof importedKinds)[number]

const counts = z
  .object({
    sprints: z.int().min(0),
    labels: z.int().min(0),
    stories: z.int().min(0),
    tasks: z.int().min(0),
    checklist_items: z.int().min(0),
    comments: z.int().min(0),
  } satisfies Record<ImportedKind, z.ZodType>)
  .meta({id: 'ImportCounts'})
export type ImportCounts = z.infer<typeof counts>

/** Why something of a file is not part of the project. The value is a sentence for the members. */
export const reasonsNotKept = {
  'already-in-project':
    'These tasks are in this project already. They stay as they are. Edit them on the page or with the API.',
  archived: 'Archived lists and cards, and their comments, are not imported.',
  attachments: 'Attachments are not imported. Links in descriptions stay.',
  'checklist-details':
    'A task has one checklist. The names of these checklists, and the owners and dates of these items, are not imported.',
  'closed-sprint': 'The sprint of these stories or tasks is closed, so they are not part of it.',
  'changed-by-members': 'Members have changed or deleted these since the last import. Their state is kept.',
  'comments-without-text': 'The file has only the number of these comments, not their texts.',
  'custom-fields': 'Boardcast has no custom fields.',
  'cut-texts': 'These texts were too long, and were cut.',
  'deleted-story': 'A member has deleted the story of these tasks.',
  'further-owners': 'A task has one owner. The first known member became the owner.',
  'held-by-others': 'Only the owner or an admin can change the status of these tasks.',
  'in-progress-without-owner': 'A task in progress needs an owner. These tasks are available.',
  'invalid-values': 'These values cannot be read.',
  links: 'Links to other tasks and to pull requests are not imported.',
  'nested-stories': 'A story cannot be part of another story.',
  'open-questions': 'These tasks have open questions. Their status and their owner are kept.',
  'other-authors':
    'Others have written these comments. The comments belong to you, and begin with the names of their authors.',
  'pull-requests': 'Pull requests are not imported.',
  'repeated-ids': 'The file contains these ids more than once. Only the first task with each id is imported.',
  'story-fields':
    'A story has no owner, labels, dates, estimate, comments and attachments. Those of these issues are not imported.',
  'sprint-status': 'Imported sprints are planned. Start and close them yourself.',
  'too-many': 'These exceed the maximum number for a task.',
  'unknown-members':
    'These names do not match exactly one member who can own tasks. Their tasks get no owner.',
  'unknown-statuses': 'These statuses are unknown. Their tasks become Available.',
  'unused-fields': 'Boardcast has no field for these values.',
} as const
const reasonNotKept = z.enum(Object.keys(reasonsNotKept) as [ReasonNotKept, ...ReasonNotKept[]])
export type ReasonNotKept = keyof typeof reasonsNotKept

const notKept = z
  .object({
    reason: reasonNotKept,
    explanation: z.string(),
    count: z.int().min(1),
    example: z.string().meta({description: 'One of the things.'}),
  })
  .meta({id: 'NotKept'})
export type NotKept = z.infer<typeof notKept>

const statusMapping = z
  .object({
    from: z.string().meta({description: 'The status in the file, for example the name of a list of Trello.'}),
    to: taskStatus.meta({
      description: 'The status of the tasks. `available` becomes `owned` when the owner is known.',
    }),
    count: z.int().min(1),
  })
  .meta({id: 'StatusMapping'})
export type StatusMapping = z.infer<typeof statusMapping>

export const importReportSchema = z
  .object({
    format: importFormat,
    preview: z.boolean().meta({description: 'Whether the import was only a preview, which changed nothing.'}),
    created: counts,
    updated: counts.meta({
      description: 'What existed, and gets values that the file has changed since the last import.',
    }),
    unchanged: counts,
    statuses: z.array(statusMapping).max(100),
    not_kept: z.array(notKept),
  })
  .meta({id: 'ImportReport'})
export type ImportReport = z.infer<typeof importReportSchema>

export function noCounts(): ImportCounts {
  return {sprints: 0, labels: 0, stories: 0, tasks: 0, checklist_items: 0, comments: 0}
}
