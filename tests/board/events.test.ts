import test from 'ava'
import {eventTypes, type Topic, topicsOf} from '../../src/board/events.ts'

/**
 * The event types in the order of the reference documentation, with the topics of each type. A stream of one of
 * these topics receives the event even when the member of the stream is not a recipient of the event.
 */
const reference: Record<string, readonly Topic[]> = {
  ownership_taken: ['tasks'],
  ownership_released: ['tasks'],
  ownership_transferred: ['tasks'],
  status_changed: ['tasks'],
  'task.created': ['tasks'],
  'task.updated': ['tasks'],
  'task.deleted': ['tasks'],
  'task.started': ['tasks'],
  'task.completed': ['tasks'],
  'task.failed': ['tasks'],
  'task.cancelled': ['tasks'],
  'task.moved': ['tasks'],
  'task.ranked': ['tasks'],
  'task.blockers.changed': ['tasks'],
  'task.links.changed': ['tasks'],
  'task.commented': ['tasks'],
  'task.comment.edited': ['tasks'],
  'task.comment.deleted': ['tasks'],
  'task.questions.changed': ['tasks'],
  'story.created': ['tasks'],
  'story.updated': ['tasks'],
  'story.deleted': ['tasks'],
  'story.moved': ['tasks'],
  'story.ranked': ['tasks'],
  'story.status.changed': ['tasks', 'projects'],
  'sprint.created': ['tasks'],
  'sprint.updated': ['tasks'],
  'sprint.status.changed': ['tasks'],
  'sprint.deleted': ['tasks'],
  'label.created': ['tasks'],
  'label.updated': ['tasks'],
  'label.deleted': ['tasks'],
  'board.imported': ['tasks', 'projects'],
  'member.updated': ['tasks'],
  'project.created': ['projects'],
  'project.updated': ['projects'],
  'project.deleted': ['projects'],
  'project.phase.changed': ['projects'],
  'escalation.created': ['projects'],
  'escalation.responded': ['projects'],
  'agent.started': ['projects'],
  'agent.completed': ['projects'],
  'pr.created': ['projects'],
  'pr.merged': ['projects'],
  'workflow.error': ['projects'],
  'notification.created': [],
  'notification.read': [],
}

test('the event types and their topics match the reference documentation', t => {
  t.deepEqual(Object.fromEntries(eventTypes.map(type => [type, topicsOf(type)])), reference)
  t.deepEqual([...eventTypes], Object.keys(reference))
})
