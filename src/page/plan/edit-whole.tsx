/** Edits a task or story of a board. A board has no descriptions, so the whole thing may have to be fetched first. */
import {Dialog} from '../parts/dialog.tsx'
import {EditDialog, type EditDialogProps} from '../parts/edit-dialog.tsx'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {LoadError, Loading} from '../parts/page-states.tsx'

interface EditWholeProps<T, Fields extends object> extends Omit<EditDialogProps<T, Fields>, 'thing'> {
  /** The task or story. `description` is undefined when no event has delivered the description. */
  known: Omit<T, 'description'> & {description?: string | undefined}
  /** Other data that the fields need. */
  needs?: Fetched<unknown>
}

export function EditWhole<
  Fields extends object,
  T extends {id: string; version: number; description: string} & {[Name in keyof Fields]: unknown},
>({known, needs, ...edit}: EditWholeProps<T, Fields>) {
  const {title, noun, fetchCurrent, onClose} = edit
  const isWhole = known.description !== undefined
  // All fields must be of one version, so the whole thing is fetched, and not only its description.
  const fetched = useFetched<T>(!isWhole && known.id, fetchCurrent)
  const thing = isWhole ? (known as unknown as T) : fetched.value
  if (thing && (!needs || needs.value !== undefined)) return <EditDialog {...edit} thing={thing} />
  const missing = thing ? needs! : fetched
  return (
    <Dialog title={title} onClose={onClose}>
      {missing.error === undefined && <Loading label={`Loading the ${noun}`} />}
      <LoadError of={missing}>Could not load the {noun}.</LoadError>
    </Dialog>
  )
}
