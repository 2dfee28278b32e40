/**
 * Turns the errors of a rejected request into sentences. An error that belongs to no field is shown above the buttons.
 */
import {Problem} from '../../client/client.ts'
import type {NoteText} from './note-list.ts'
import {failureSentence, failureText} from './words.ts'

/** The labels of the fields of all forms. The keys are the names of the fields in the API. */
export const fieldLabels = {
  name: 'Name',
  title: 'Title',
  phase: 'Phase',
  key: 'Key',
  goal: 'Goal',
  description: 'Description',
  starts_on: 'Start date',
  ends_on: 'End date',
  estimated_hours: 'Estimated hours',
  acceptance_criteria_refs: 'Acceptance criteria',
  sprint_id: 'Sprint',
  open_to_sprint_id: 'Move them to',
  priority: 'Priority',
  due_on: 'Due date',
  label_ids: 'Labels',
  color: 'Colour',
  question: 'Question',
  assignee_user_id: 'Assignee',
  response: 'Your answer',
  body: 'Comment',
  // The parts of `wip_limits`.
  limit_available: 'Available',
  limit_owned: 'Owned',
  limit_in_progress: 'In progress',
  limit_completed: 'Completed',
  limit_failed: 'Failed',
  limit_cancelled: 'Cancelled',
  // These two fields are part of the path of a request, not of its body.
  project: 'Project',
  story: 'Story',
} as const
export type FieldName = keyof typeof fieldLabels

type Entered = Readonly<Partial<Record<FieldName, string>>>

export interface FormErrors {
  fields: Partial<Record<FieldName, string>>
  /** The errors that belong to no field of the form, or undefined when there are no such errors. */
  form: string | undefined
}

/** A fault that the page finds itself. Without `field`, the fault belongs to the whole form. */
export class FormError extends Error {
  readonly field: FieldName | undefined

  constructor(sentence: string, field?: FieldName) {
    super(sentence)
    this.field = field
  }
}

/** Returns the errors to show after a failed request. `entered` has the trimmed values of the form's fields. */
export function formErrorsFor(error: unknown, entered: Entered): FormErrors {
  if (error instanceof FormError) {
    const {field, message} = error
    return field ? {fields: {[field]: message}, form: undefined} : {fields: {}, form: message}
  }
  const fields: FormErrors['fields'] = {}
  const others: string[] = []
  for (const {path, message} of errorsOf(error)) {
    // The path of a list item is, for example, `acceptance_criteria_refs.3`.
    const name = path.split('.')[0]!
    if (name in entered) fields[name as FieldName] ??= fieldError(name as FieldName, message, entered)
    else others.push(sentence(name in fieldLabels ? fieldLabels[name as FieldName] : path, message))
  }
  if (others.length > 0) return {fields, form: others.join(' ')}
  return {fields, form: Object.keys(fields).length > 0 ? undefined : failureSentence(error)}
}

/** The text after a failed request of a form that was closed. `isKept`: a draft keeps the entered values. */
export function closedFormText(action: string, error: unknown, isKept: boolean): NoteText {
  const {title, detail} =
    error instanceof Problem || error instanceof FormError
      ? {title: `Failed: ${action}`, detail: sentencesOf(error)}
      : failureText(error, `${action}.`)
  return {title, detail: isKept ? `${detail} Your text is kept in the form.` : detail}
}

function sentencesOf(error: unknown): string {
  const {fields, form} = formErrorsFor(error, {})
  return form ?? Object.values(fields).join(' ')
}

const requiredTexts: Partial<Record<FieldName, string>> = {
  name: 'Enter a name.',
  title: 'Enter a title.',
  phase: 'Enter a phase.',
  question: 'Enter a question.',
  response: 'Enter an answer.',
  body: 'Enter a comment.',
}

/**
 * Returns the error of a field. Derives the text from the entered values if possible, because the server's messages are
 * written for callers of the API.
 */
function fieldError(name: FieldName, message: string, entered: Entered): string {
  if (entered[name] === '' && requiredTexts[name]) return requiredTexts[name]
  const {starts_on, ends_on} = entered
  if (name === 'ends_on' && starts_on && ends_on && ends_on < starts_on) {
    return 'The end date must not be before the start date.'
  }
  return sentence(fieldLabels[name], message)
}

interface FieldProblem {
  path: string
  message: string
}

function errorsOf(error: unknown): FieldProblem[] {
  const errors = error instanceof Problem && error.data.errors
  return Array.isArray(errors) ? (errors as FieldProblem[]) : []
}

function sentence(label: string, message: string): string {
  const text = [label, message].filter(Boolean).join(': ')
  return /[.!?]$/.test(text) ? text : `${text}.`
}
