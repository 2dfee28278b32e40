/**
 * The list of keyboard shortcuts, and the switch that disables single-key shortcuts. [spec] WCAG 2.1.4 requires a way
 * to disable single-key shortcuts.
 */
import {Dialog} from '../parts/dialog.tsx'
import {isMac} from '../parts/keys.ts'
import {useSettings} from '../parts/settings.ts'

const shortcuts: [keys: string[], effect: string][] = [
  [['↑', '↓', '←', '→'], 'Move between cards'],
  [['Alt', 'Shift', '↑'], 'Move the card up'],
  [['Alt', 'Shift', '↓'], 'Move the card down'],
  [['Space'], 'Take or release the task'],
  [['Enter'], 'Open the task'],
  [['M'], 'Move the task to another status'],
  [['X', 'or', isMac() ? '⌘' : 'Ctrl', 'click'], 'Select or deselect the card'],
  [['Shift', 'click'], 'Select all cards up to this one'],
  [['Esc'], 'Clear the selection'],
  [['N'], 'Create a task'],
  [['/'], 'Go to the text filter'],
  [['Q'], 'Show only my tasks, or all tasks'],
  [[isMac() ? '⌘' : 'Ctrl', 'K'], 'Search everything'],
  [[isMac() ? '⌘' : 'Ctrl', 'Z'], 'Undo your last change'],
  [['?'], 'Show this list'],
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
        <span>Enable single-key shortcuts on boards</span>
      </label>
      <dl className="shortcuts" data-off={hasKeys ? undefined : ''}>
        {shortcuts.map(([keys, effect]) => (
          <div key={keys.join(' ')}>
            <dt>{keys.map(key => (key === 'or' ? key : <kbd key={key}>{key}</kbd>))}</dt>
            <dd>{effect}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
