/** What the part of the address after '#' opens: a task, a question, or a question of a task. */

export interface Opened {
  taskId?: string | undefined
  /** The question that the page scrolls to. */
  questionId?: string | undefined
}

/** Reads '#<task>', '#<task>/questions/<question>' and '#questions/<question>'. */
export function openedIn(hash: string): Opened {
  const [first = '', ...rest] = hash.slice(1).split('/')
  const [taskId, list, questionId] = first === 'questions' ? [undefined, first, ...rest] : [first, ...rest]
  return {
    ...(taskId && {taskId}),
    ...(list === 'questions' && questionId && {questionId}),
  }
}

/** The inverse function of `openedIn`. The hash is empty when nothing is opened. */
export function hashOf({taskId, questionId}: Opened): string {
  const parts = [...(taskId ? [taskId] : []), ...(questionId ? ['questions', questionId] : [])]
  return parts.length > 0 ? `#${parts.join('/')}` : ''
}
