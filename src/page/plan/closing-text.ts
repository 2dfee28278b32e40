/** The text of the dialog that closes a sprint. */
import type {BoardStory} from '../../client/client.ts'
import {count} from '../parts/format.ts'

/** Returns the stories that move away when the sprint is closed. The server has the same rule. */
export function openStoriesOf(stories: readonly BoardStory[]): BoardStory[] {
  return stories.filter(({status, tasks}) =>
    tasks.length > 0
      ? tasks.some(task => task.status !== 'completed' && task.status !== 'cancelled')
      : status !== 'done',
  )
}

/** Says which stories move, and that their completed tasks move with them. */
export function closingText(name: string, open: readonly BoardStory[]): string {
  if (open.length === 0) return `All stories of “${name}” are done.`
  const isOne = open.length === 1
  const completed = open.flatMap(({tasks}) => tasks.filter(({status}) => status === 'completed')).length
  const question = `${count(open.length, 'story', 'stories')} of “${name}” ${isOne ? 'is' : 'are'} not done. Choose where to move ${isOne ? 'it with all its' : 'them with all their'} tasks.`
  if (completed === 0) return question
  const whose = isOne ? 'Its' : 'Their'
  return `${question} ${whose} ${count(completed, 'completed task')} ${completed === 1 ? 'moves' : 'move'}, too.`
}
