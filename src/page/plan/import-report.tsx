/** What an import would do, or has done. */
import type {ImportReport} from '../../client/client.ts'
import {count} from '../parts/format.ts'
import {statusLabels} from '../parts/words.ts'
import {countsText} from './import-text.ts'

export function ImportReportView({report}: {report: ImportReport}) {
  const {preview, created, updated, unchanged, statuses, not_kept} = report
  const lines = [
    {label: preview ? 'Creates' : 'Created', text: countsText(created)},
    {label: preview ? 'Updates' : 'Updated', text: countsText(updated)},
    {label: 'Unchanged', text: countsText(unchanged)},
  ].filter(({text}) => text)
  const changes = countsText(created) + countsText(updated)
  return (
    <div className="import-report">
      {!changes && (
        <p>
          {preview ? 'There is nothing to import.' : 'Nothing has changed.'}
          {countsText(unchanged) && ' The project already has everything in this file.'}
        </p>
      )}
      {lines.length > 0 && (
        <dl>
          {lines.map(({label, text}) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
      {statuses.length > 0 && (
        <details>
          <summary>Statuses in the file</summary>
          <ul>
            {statuses.map(({from, to, count: tasks}) => (
              <li key={`${from} ${to}`}>
                “{from}” becomes {statusLabels[to]} <span className="muted">{count(tasks, 'task')}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {not_kept.length > 0 && (
        <section aria-label="Changed or left out">
          <h3>Changed or left out</h3>
          <ul>
            {not_kept.map(({reason, explanation, count: things, example}) => (
              <li key={reason}>
                {explanation}{' '}
                <span className="muted">
                  {things === 1 ? `“${example}”` : `${things.toLocaleString('en')}, for example “${example}”`}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}
