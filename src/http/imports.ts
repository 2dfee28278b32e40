import {z} from 'zod'
import {id} from '../board/fields.ts'
import {importFormats, importReportSchema} from '../board/project-import.ts'
import {requireNotClosed} from '../board/sprint-rules.ts'
import {importFile} from '../imports/import-file.ts'
import {openFile} from '../imports/open-file.ts'
import {readHead} from '../store/event-log.ts'
import {readProject, readSprint} from '../store/snapshots.ts'
import {route} from './route.ts'

export const importRoutes = [
  route({
    method: 'post',
    path: '/projects/{id}/imports',
    operationId: 'importFile',
    tag: 'Import and export',
    summary: 'Import a file of Trello, Jira, GitHub or Boardcast, or CSV, into a project.',
    description:
      'The body is the file: the JSON export of a Trello board, the CSV export of Jira, the answer of GitHub to `GET /repos/{owner}/{repo}/issues?state=all`, an export of Boardcast, or CSV with the columns `title`, `id`, `description`, `status`, `priority`, `labels`, `due_on`, `owner`, `estimate_hours`, `story`, `sprint`, `checklist`, `acceptance_criteria` and `completed_at`. A row with the `id` of an earlier import updates its task; a row with the `id` of a task of the project changes nothing. With `preview=true`, nothing changes, and the response reports what would be created and updated. When a file is imported again, only what the file has changed is updated, and never what members have changed. If an import fails after it has changed something, the problem has the field `created`, the counts of what was created. The import appends no event for each task, but some events `board.imported`.',
    ids: {id: 'project-not-found'},
    query: z.strictObject({
      format: z.enum(importFormats).optional().meta({
        description: 'The server then reads the file only in this format. Default: the format is detected.',
      }),
      preview: z.enum(['true', 'false']).default('false'),
      sprint_id: id.optional().meta({
        description:
          'The sprint of the new stories. Default: the sprint in the file, or none. A closed sprint is not permitted.',
      }),
    }),
    fileTypes: ['application/json', 'text/csv'],
    maxFileBytes: 32 * 1024 * 1024,
    success: 200,
    response: importReportSchema,
    problems: ['sprint-not-found', 'sprint-of-another-project', 'sprint-closed', 'member-removed'],
    async receive({caller, ids, query}, {db, quotas, file, commit}) {
      const organizationId = caller.organization_id
      await readProject(db, organizationId, ids.id) // refuses an unknown project before the file arrives
      if (query.sprint_id) requireNotClosed((await readSprint(db, organizationId, query.sprint_id)).result)
      return file.read(async bytes => {
        const opened = await openFile({bytes, options: {format: query.format}})
        try {
          const request = {
            caller,
            projectId: ids.id,
            sprintId: query.sprint_id ?? null,
            isPreview: query.preview === 'true',
            quotas,
          }
          const result = await importFile(db, opened, request, commit)
          return {result, cursor: await readHead(db, organizationId)}
        } finally {
          await opened.close()
        }
      })
    },
  }),
]
