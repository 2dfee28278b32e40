import {newProjectSchema, projectEditSchema, projectSchema} from '../board/project.ts'
import {createProject} from '../changes/create-project.ts'
import {deleteProject} from '../changes/delete-project.ts'
import {editProject} from '../changes/edit-project.ts'
import {listProjects, readProject} from '../store/snapshots.ts'
import {pageQuery, pageSchema} from './paging.ts'
import {route} from './route.ts'

export const projectRoutes = [
  route({
    method: 'post',
    path: '/projects',
    operationId: 'createProject',
    tag: 'Projects',
    summary: 'Create a project.',
    body: newProjectSchema,
    success: 201,
    response: projectSchema,
    location: ({id}) => `/projects/${id}`,
    problems: ['project-key-in-use'],
    change: ({body}) => createProject(body),
  }),
  route({
    method: 'get',
    path: '/projects',
    operationId: 'listProjects',
    tag: 'Projects',
    summary: 'List the projects of your organization.',
    query: pageQuery,
    success: 200,
    response: pageSchema('ProjectPage', projectSchema),
    read: ({caller, query}, {db}) => listProjects(db, caller.organization_id, query),
  }),
  route({
    method: 'get',
    path: '/projects/{id}',
    operationId: 'readProject',
    tag: 'Projects',
    summary: 'Read a project.',
    ids: {id: 'project-not-found'},
    success: 200,
    response: projectSchema,
    read: ({caller, ids}, {db}) => readProject(db, caller.organization_id, ids.id),
  }),
  route({
    method: 'patch',
    path: '/projects/{id}',
    operationId: 'editProject',
    tag: 'Projects',
    summary: 'Edit a project.',
    description: 'Only the fields in the body change.',
    ids: {id: 'project-not-found'},
    body: projectEditSchema,
    conditional: true,
    success: 200,
    response: projectSchema,
    change: ({ids, body, expected}) => editProject(ids.id, body, expected),
  }),
  route({
    method: 'delete',
    path: '/projects/{id}',
    operationId: 'deleteProject',
    tag: 'Projects',
    summary: 'Delete a project with its sprints, stories and tasks.',
    description: 'Only admins can delete a project.',
    role: 'admin',
    ids: {id: 'project-not-found'},
    conditional: true,
    success: 204,
    change: ({ids, expected}) => deleteProject(ids.id, expected),
  }),
]
