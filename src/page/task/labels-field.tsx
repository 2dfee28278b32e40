/** The field of a form that chooses the labels of a task. */
import {useEffect, useRef, useState} from 'react'
import type {Label} from '../../client/client.ts'
import {Field} from '../parts/form.tsx'
import {LabelChip} from '../parts/label-chip.tsx'
import {namesIn} from './label-names.ts'
import {LabelPicker} from './label-picker.tsx'

interface LabelsFieldProps {
  projectId: string
  labels: readonly Label[]
  /** The names of the labels, one a line. */
  value?: string | undefined
}

/** The hidden text field has the names of the labels, so that drafts and conflicts treat them as a text. */
export function LabelsField({projectId, labels, value = ''}: LabelsFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const [names, setNames] = useState(() => namesIn(value))
  const [isPicking, setPicking] = useState(false)

  useEffect(() => {
    const element = field.current!
    const show = () => setNames(namesIn(element.value))
    const onReset = () => setTimeout(show) // the form resets its fields after this event
    show()
    element.addEventListener('input', show)
    element.addEventListener('filled', show)
    element.form!.addEventListener('reset', onReset)
    return () => {
      element.removeEventListener('input', show)
      element.removeEventListener('filled', show)
      element.form?.removeEventListener('reset', onReset)
    }
  }, [])

  function toggle({name}: Label) {
    const known = namesIn(field.current!.value)
    const next = known.includes(name) ? known.filter(other => other !== name) : [...known, name].sort()
    field.current!.value = next.join('\n')
    field.current!.dispatchEvent(new InputEvent('input', {bubbles: true}))
  }

  return (
    <Field name="label_ids">
      {control => (
        <>
          <textarea ref={field} name="label_ids" defaultValue={value} hidden />
          <button
            {...control}
            type="button"
            className="labels-button"
            aria-haspopup="dialog"
            onClick={() => setPicking(true)}
          >
            {names.map(name => (
              <LabelChip key={name} name={name} color={colorOf(labels, name)} />
            ))}
            {names.length === 0 && <span className="muted">Choose labels</span>}
          </button>
          {isPicking && (
            <LabelPicker
              projectId={projectId}
              labels={labels}
              isChosen={({name}) => names.includes(name)}
              onToggle={toggle}
              onClose={() => setPicking(false)}
            />
          )}
        </>
      )}
    </Field>
  )
}

function colorOf(labels: readonly Label[], name: string): Label['color'] {
  return labels.find(label => label.name === name)?.color ?? 'gray'
}
