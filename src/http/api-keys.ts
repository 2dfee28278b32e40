import {apiKeySchema, createdApiKeySchema, newApiKeySchema} from '../board/api-key.ts'
import {createApiKey} from '../changes/create-api-key.ts'
import {revokeApiKey} from '../changes/revoke-api-key.ts'
import {listApiKeys} from '../store/snapshots.ts'
import {pageQuery, pageSchema} from './paging.ts'
import {route} from './route.ts'

export const apiKeyRoutes = [
  route({
    method: 'post',
    path: '/api-keys',
    operationId: 'createApiKey',
    tag: 'API keys',
    summary: 'Create an API key.',
    description: 'The response contains the key, which is not shown again. Only admins can create API keys.',
    role: 'admin',
    body: newApiKeySchema,
    success: 201,
    response: createdApiKeySchema,
    problems: ['secret-already-shown'],
    change: ({body}) => createApiKey(body),
  }),
  route({
    method: 'get',
    path: '/api-keys',
    operationId: 'listApiKeys',
    tag: 'API keys',
    summary: 'List the API keys of your organization, including expired and revoked keys.',
    description: 'Only admins can list API keys.',
    role: 'admin',
    query: pageQuery,
    success: 200,
    response: pageSchema('ApiKeyPage', apiKeySchema),
    read: ({caller, query}, {db}) => listApiKeys(db, caller.organization_id, query),
  }),
  route({
    method: 'delete',
    path: '/api-keys/{id}',
    operationId: 'revokeApiKey',
    tag: 'API keys',
    summary: 'Revoke an API key, and end its streams.',
    description: 'When the key has already been revoked, nothing changes. Only admins can revoke API keys.',
    role: 'admin',
    ids: {id: 'api-key-not-found'},
    success: 204,
    change: ({ids}) => revokeApiKey(ids.id),
  }),
]
