/** Reads and writes the texts of a form's fields. The fields are not controlled by React, so the document has the texts. */
import type {Draft} from './drafts.ts'

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

/** Whether the member has changed a field since the form was rendered. */
export function isEdited(form: HTMLFormElement | null): boolean {
  return form !== null && fieldsOf(form).some(field => field.value !== initialValue(field))
}

/** Returns the texts of all fields. */
export function textsIn(form: HTMLFormElement): Draft {
  return Object.fromEntries(fieldsOf(form).map(({name, value}) => [name, value]))
}

/**
 * Writes the texts into the fields with their names. The other fields stay unchanged. A value without an option gets an
 * option of its own. Otherwise, the select element would be empty, and the form would send an empty text as an edit.
 */
export function fillIn(form: HTMLFormElement, texts: Draft): void {
  for (const field of fieldsOf(form)) {
    const text = texts[field.name]
    if (text === undefined) continue
    field.value = text
    field.dispatchEvent(new Event('filled')) // a control that shows the value in another way shows it again
    if (field instanceof HTMLSelectElement && field.value !== text) {
      field.add(new Option(missingOption, text, false, true))
    }
  }
}

const missingOption = 'No longer available' // what the value names was deleted

/** Like `fillIn`, but the fields are not edited afterwards. */
export function showSaved(form: HTMLFormElement, texts: Draft): void {
  fillIn(form, texts)
  for (const field of fieldsOf(form)) {
    if (texts[field.name] === undefined) continue
    if (!(field instanceof HTMLSelectElement)) field.defaultValue = field.value
    else for (const option of field.options) option.defaultSelected = option.selected
  }
}

/** Returns the text that a member reads when the field has this value. The value of an option is often an id. */
export function displayedText(form: HTMLFormElement, name: string, value: string): string {
  const field = form.elements.namedItem(name)
  if (!(field instanceof HTMLSelectElement)) return value
  return [...field.options].find(option => option.value === value)?.label ?? missingOption
}

function fieldsOf(form: HTMLFormElement): Field[] {
  return [...form.elements].filter(
    (element): element is Field => 'name' in element && element.name !== '' && isField(element),
  )
}

function isField(element: Element): boolean {
  return element.matches('input:not([type=radio]), textarea, select')
}

function initialValue(field: Field): string {
  if (!(field instanceof HTMLSelectElement)) return field.defaultValue
  const options = [...field.options]
  return (options.find(({defaultSelected}) => defaultSelected) ?? options[0])?.value ?? ''
}
