import {z} from 'zod'
import {newStorySchema, storyEditSchema, storyPlaceSchema, storySchema, storyStatus} from '../board/story.ts'
import {createStory} from '../changes/create-story.ts'
import {deleteStory} from '../changes/delete-story.ts'
import {editStory} from '../changes/edit-story.ts'
import {rankStory} from '../changes/rank-story.ts'
import {setStoryStatus} from '../changes/set-story-status.ts'
import {listStories, readStory} from '../store/snapshots.ts'
import {pageQuery, pageSchema} from './paging.ts'
import {route} from './route.ts'

export const storyRoutes = [
  route({
    method: 'post',
    path: '/projects/{id}/stories',
    operationId: 'createStory',
    tag: 'Stories',
    summary: 'Add a story to a project, and optionally to a sprint of the project.',
    ids: {id: 'project-not-found'},
    body: newStorySchema,
    success: 201,
    response: storySchema,
    location: ({id}) => `/stories/${id}`,
    problems: ['sprint-not-found', 'sprint-of-another-project', 'sprint-closed'],
    change: ({ids, body}) => createStory(ids.id, body),
  }),
  route({
    method: 'get',
    path: '/projects/{id}/stories',
    operationId: 'listStories',
    tag: 'Stories',
    summary: 'List the stories of a project.',
    ids: {id: 'project-not-found'},
    query: pageQuery,
    success: 200,
    response: pageSchema('StoryPage', storySchema),
    read: ({caller, ids, query}, {db}) => listStories(db, caller.organization_id, ids.id, query),
  }),
  route({
    method: 'get',
    path: '/stories/{id}',
    operationId: 'readStory',
    tag: 'Stories',
    summary: 'Read a story.',
    ids: {id: 'story-not-found'},
    success: 200,
    response: storySchema,
    read: ({caller, ids}, {db}) => readStory(db, caller.organization_id, ids.id),
  }),
  route({
    method: 'patch',
    path: '/stories/{id}',
    operationId: 'editStory',
    tag: 'Stories',
    summary: 'Edit a story.',
    description: 'Only the fields in the body change. A different sprint_id moves the story and its tasks.',
    ids: {id: 'story-not-found'},
    body: storyEditSchema,
    conditional: true,
    success: 200,
    response: storySchema,
    problems: ['sprint-not-found', 'sprint-of-another-project', 'sprint-closed'],
    change: ({ids, body, expected}) => editStory(ids.id, body, expected),
  }),
  route({
    method: 'delete',
    path: '/stories/{id}',
    operationId: 'deleteStory',
    tag: 'Stories',
    summary: 'Delete a story with its tasks.',
    description: 'Only members who can delete all these tasks can delete the story.',
    ids: {id: 'story-not-found'},
    conditional: true,
    success: 204,
    problems: ['not-the-creator-or-owner'],
    change: ({ids, expected}) => deleteStory(ids.id, expected),
  }),
  route({
    method: 'put',
    path: '/stories/{id}/status',
    operationId: 'setStoryStatus',
    tag: 'Stories',
    summary: 'Set the status of a story.',
    description: 'The status never changes automatically.',
    ids: {id: 'story-not-found'},
    body: z.strictObject({status: storyStatus}),
    conditional: true,
    success: 200,
    response: storySchema,
    change: ({ids, body, expected}) => setStoryStatus(ids.id, body.status, expected),
  }),
  route({
    method: 'put',
    path: '/stories/{id}/rank',
    operationId: 'rankStory',
    tag: 'Stories',
    summary: 'Move a story to another place in the order of its project.',
    description:
      'Directly after or before another story of the project. `after_story_id: null` makes the story the first, and `before_story_id: null` the last story.',
    ids: {id: 'story-not-found'},
    body: storyPlaceSchema,
    conditional: true,
    success: 200,
    response: storySchema,
    problems: ['story-of-another-project'],
    change: ({ids, body, expected}) => rankStory(ids.id, body, expected),
  }),
]
