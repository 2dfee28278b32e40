/** What the keys do, and the switch that turns them off: somebody who speaks to their machine needs it. */
import {Dialog} from './dialog.tsx'
import {useSettings} from './settings.ts'

const shortcuts: [keys: string[], does: string][] = [
  [['↑', '↓', '←', '→'], 'Move from card to card'],
  [['Space'], 'Take the card, or release it'],
  [['Enter'], 'Open the card'],
  [['m'], 'Move the card to…'],
  [['/'], 'Filter by text'],
  [['q'], 'Only mine, or all'],
  [['?'], 'This help'],
]

export function ShortcutsHelp({onClose}: {onClose(): void}) {
  const [{hasKeys}, change] = useSettings()
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <label className="switch">
        <input
          type="checkbox"
          role="switch"
          checked={hasKeys}
          aria-checked={hasKeys}
          onChange={event => change({hasKeys: event.currentTarget.checked})}
        />
        <span>Use single keys as shortcuts on a board</span>
      </label>
      <dl className="shortcuts" data-off={hasKeys ? undefined : ''}>
        {shortcuts.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map(key => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
