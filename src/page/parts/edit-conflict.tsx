/** Fields that two members have changed. The member who saves later chooses one of the two texts of each field. */
import {createContext, useContext} from 'react'

/** The two texts of a field, as the member reads them. */
export interface Conflict {
  mine: string
  saved: string
  chosen: 'mine' | 'saved' | undefined
  choose(chosen: 'mine' | 'saved'): void
}

/** The conflicts of a form, by the names of its fields. */
export const ConflictsContext = createContext<Readonly<Record<string, Conflict>>>({})

/** The choice below a field. Renders nothing when the field has no conflict. */
export function ConflictChoice({name, label}: {name: string; label: string}) {
  const conflict = useContext(ConflictsContext)[name]
  if (!conflict) return null
  const texts = {mine: ['Yours', conflict.mine], saved: ['Saved in the meantime', conflict.saved]} as const
  return (
    <fieldset className="conflict">
      <legend>{label}: which version do you keep?</legend>
      {(['mine', 'saved'] as const).map(choice => (
        <label key={choice}>
          <input
            type="radio"
            name={`keep ${name}`}
            required
            checked={conflict.chosen === choice}
            onChange={() => conflict.choose(choice)}
          />
          <span>
            <strong>{texts[choice][0]}</strong>
            <span className="conflict-text">{texts[choice][1] || 'Empty'}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
