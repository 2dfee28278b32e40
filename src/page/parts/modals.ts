/** The modal dialogs that are open. The last one is on top; what is outside it is inert. */
import {createObservable} from './observable.ts'

export const openModals = createObservable<readonly HTMLDialogElement[]>([])

/** Adds the dialog on top of the others. Returns a function that removes it. */
export function addModal(dialog: HTMLDialogElement): () => void {
  openModals.set([...openModals.get(), dialog])
  return () => openModals.set(openModals.get().filter(other => other !== dialog))
}
