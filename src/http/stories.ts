import {newStorySchema, storySchema} from '../board/story.ts'
import {createStory} from '../changes/create-story.ts'
import {listStories, readStory} from '../store/snapshots.ts'
import {pageQuery, pageSchema} from './page.ts'
import {route} from './route.ts'

export const storyRoutes = [
  route({
    method: 'post',
    path: '/projects/{id}/stories',
    summary: 'Add a story to a project, and to one of its sprints if you wish.',
    ids: {id: 'project-not-found'},
    body: newStorySchema,
    success: 201,
    response: storySchema,
    location: ({id}) => `/stories/${id}`,
    problems: ['sprint-not-found', 'sprint-of-another-project'],
    handle: ({caller, ids, body}, {db}) => createStory(db, caller, ids.id, body),
  }),
  route({
    method: 'get',
    path: '/projects/{id}/stories',
    summary: 'List the stories of a project.',
    ids: {id: 'project-not-found'},
    query: pageQuery,
    success: 200,
    response: pageSchema('StoryPage', storySchema),
    handle: ({caller, ids, query}, {db}) => listStories(db, caller.organization_id, ids.id, query),
  }),
  route({
    method: 'get',
    path: '/stories/{id}',
    summary: 'Read a story.',
    ids: {id: 'story-not-found'},
    success: 200,
    response: storySchema,
    handle: ({caller, ids}, {db}) => readStory(db, caller.organization_id, ids.id),
  }),
]
