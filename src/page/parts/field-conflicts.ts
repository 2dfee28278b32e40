/** The state of the fields that two members have changed: both texts of each field, and which one the member has chosen. */
import {useEffect, useRef, useState} from 'react'
import type {Draft} from './drafts.ts'
import type {Conflict} from './edit-conflict.tsx'
import {displayedText, fillIn, textsIn} from './form-texts.ts'

/** The values of a field that two members have changed. */
interface Versions {
  /** What the field contains when the member chooses a version. Typing in the field changes the chosen version. */
  values: {mine: string; saved: string}
  /** What the other member has saved, as the member reads it. */
  savedText: string
  chosen: 'mine' | 'saved' | undefined
}

/**
 * Keeps the conflicts of a form. `show` replaces them. While a conflict is shown, what the member types in its field belongs
 * to the chosen version. `onChosen` is called with the name of a field after the member has chosen a version of the field.
 */
export function useFieldConflicts(onChosen: (name: string) => void) {
  const [versions, setVersions] = useState<Readonly<Record<string, Versions>>>({})
  const form = useRef<HTMLFormElement>(undefined)
  const names = Object.keys(versions).join(' ')
  useEffect(() => {
    if (!names) return
    const {current} = form
    current!.querySelector<HTMLElement>('.conflict input')?.focus()
    current!.addEventListener('input', keepTyped)
    return () => current!.removeEventListener('input', keepTyped)

    function keepTyped({target}: Event) {
      const {name, value} = target as HTMLInputElement
      setVersions(known => {
        const field = known[name]
        if (!field) return known
        return {...known, [name]: {...field, values: {...field.values, [field.chosen ?? 'mine']: value}}}
      })
    }
  }, [names])

  function show(element: HTMLFormElement, conflicting: readonly string[], saved: Draft) {
    form.current = element
    const mine = textsIn(element)
    const versionsOf = (name: string): Versions => ({
      values: {mine: mine[name]!, saved: saved[name]!},
      savedText: displayedText(element, name, saved[name]!),
      chosen: undefined,
    })
    setVersions(Object.fromEntries(conflicting.map(name => [name, versionsOf(name)])))
  }

  const conflictOf = (name: string, {values, savedText, chosen}: Versions): Conflict => ({
    mine: displayedText(form.current!, name, values.mine),
    saved: savedText,
    chosen,
    choose(next) {
      fillIn(form.current!, {[name]: values[next]})
      setVersions(known => ({...known, [name]: {...known[name]!, chosen: next}}))
      onChosen(name)
    },
  })
  const conflicts = Object.fromEntries(
    Object.entries(versions).map(([name, version]) => [name, conflictOf(name, version)]),
  )

  function chooseAll(chosen: 'mine' | 'saved') {
    for (const {choose} of Object.values(conflicts)) choose(chosen)
  }

  return {conflicts, show, chooseAll}
}
