import test from 'ava'
import {Problem} from '../../../src/board/problem.ts'
import {closedFormText, FormError, formErrorsFor} from '../../../src/page/parts/form-errors.ts'

const invalid = (...errors: {path: string; message: string}[]) =>
  new Problem('invalid-request', 'The body is invalid.', {errors, status: 400})

test('when the end date is before the start date, the error is reported under the end date', t => {
  const error = invalid({path: 'ends_on', message: 'any wording'})
  t.deepEqual(formErrorsFor(error, {name: 'S1', starts_on: '2026-03-14', ends_on: '2026-03-01'}), {
    fields: {ends_on: 'The end date must not be before the start date.'},
    form: undefined,
  })
})

test('the error of an empty required field asks the user to enter a value', t => {
  const {fields} = formErrorsFor(invalid({path: 'title', message: 'any wording'}), {title: ''})
  t.deepEqual(fields, {title: 'Enter a title.'})
})

test('the message of the server about a field is shown after the label of the field', t => {
  const error = invalid(
    {path: 'ends_on', message: 'There is no year 0000'},
    {path: 'estimated_hours', message: 'Must be at most 100,000.'},
    {path: 'acceptance_criteria_refs.3', message: 'Must have at most 200 characters'},
  )
  const entered = {
    starts_on: '',
    ends_on: '0000-01-01',
    estimated_hours: '1e9',
    acceptance_criteria_refs: '…',
  }
  t.deepEqual(formErrorsFor(error, entered), {
    fields: {
      ends_on: 'End date: There is no year 0000.',
      estimated_hours: 'Estimated hours: Must be at most 100,000.',
      acceptance_criteria_refs: 'Acceptance criteria: Must have at most 200 characters.',
    },
    form: undefined,
  })
})

test('when a field has several errors, the first error is shown', t => {
  const error = invalid({path: 'goal', message: 'First'}, {path: 'goal', message: 'Second'})
  t.deepEqual(formErrorsFor(error, {goal: '…'}).fields, {goal: 'Goal: First.'})
})

test('an error of a field that the form does not contain is reported for the whole form', t => {
  const error = invalid(
    {path: 'title', message: 'any wording'},
    {path: 'sprint_id', message: 'Must be a UUID'},
    {path: '', message: 'Expected an object'},
  )
  t.deepEqual(formErrorsFor(error, {title: ''}), {
    fields: {title: 'Enter a title.'},
    form: 'Sprint: Must be a UUID. Expected an object.',
  })
})

test('a failure without field errors is reported for the whole form', t => {
  t.deepEqual(formErrorsFor(new TypeError('fetch failed'), {title: ''}), {
    fields: {},
    form: 'The server did not respond. Try again.',
  })
  const deleted = new Problem('story-not-found', 'any wording', {status: 404})
  t.is(formErrorsFor(deleted, {title: 'Fuel'}).form, 'This story was deleted.')
})

test('after a form was closed, a note names the failed action, and a lost response may have been saved', t => {
  t.deepEqual(closedFormText('Comment', new Problem('role-insufficient', 'No.', {status: 403}), true), {
    title: 'Failed: Comment',
    detail: 'Your role does not allow this change. Your text is kept in the form.',
  })
  t.deepEqual(closedFormText('Delete 3 tasks', new TypeError('fetch failed'), false), {
    title: 'The server did not respond',
    detail: 'Your change might not have been saved: Delete 3 tasks.',
  })
  t.is(closedFormText('Save', new FormError('Choose a version.'), false).detail, 'Choose a version.')
})
