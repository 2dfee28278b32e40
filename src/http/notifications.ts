import {z} from 'zod'
import {id} from '../board/fields.ts'
import {notificationSchema, readUpToSchema} from '../board/notification.ts'
import {maxUnreadCount} from '../board/unread-count.ts'
import {markNotificationRead} from '../changes/mark-notification-read.ts'
import {markNotificationsRead} from '../changes/mark-notifications-read.ts'
import {listNotifications} from '../store/snapshots.ts'
import {newestFirst, pageQuery, pageSchema} from './paging.ts'
import {route} from './route.ts'

const notificationQuery = pageQuery.extend({
  unread: z
    .enum(['true', 'false'])
    .default('false')
    .transform(value => value === 'true')
    .meta({description: 'With `true`, only unread notifications are returned.'}),
})

const notificationPage = pageSchema('NotificationPage', notificationSchema, newestFirst).extend({
  unread_count: z
    .int()
    .min(0)
    .max(maxUnreadCount)
    .meta({
      description: `The number of all your unread notifications, on this page and on other pages. ${maxUnreadCount} means ${maxUnreadCount} or more.`,
    }),
  unread_by_project: z.array(z.object({project_id: id, count: z.int().min(1)})).meta({
    description: `The number of your unread notifications in each project, sorted by the id of the project. The numbers add up to \`unread_count\`. If you have more than ${maxUnreadCount} unread notifications, only the newest ${maxUnreadCount} are counted. The list can contain a project that was deleted.`,
  }),
})

const readCount = z
  .object({
    read: z
      .int()
      .min(0)
      .meta({description: 'The number of notifications that this request has marked as read.'}),
  })
  .meta({id: 'ReadCount'})

export const notificationRoutes = [
  route({
    method: 'get',
    path: '/notifications',
    operationId: 'listNotifications',
    tag: 'Notifications',
    summary: 'List your notifications, newest first.',
    query: notificationQuery,
    success: 200,
    response: notificationPage.meta({id: 'NotificationPage'}),
    read: ({caller, query}, {db}) => listNotifications(db, caller, query),
  }),
  route({
    method: 'put',
    path: '/notifications/{id}/read',
    operationId: 'markNotificationRead',
    tag: 'Notifications',
    summary: 'Mark one of your notifications as read.',
    ids: {id: 'notification-not-found'},
    role: 'viewer',
    success: 200,
    response: notificationSchema,
    change: ({ids}) => markNotificationRead(ids.id),
  }),
  route({
    method: 'put',
    path: '/notifications/read',
    operationId: 'markNotificationsRead',
    tag: 'Notifications',
    summary: 'Mark all your notifications up to a cursor as read.',
    role: 'viewer',
    body: readUpToSchema,
    success: 200,
    response: readCount,
    problems: ['unknown-cursor'],
    change: ({body}) => markNotificationsRead(body.up_to),
  }),
]
