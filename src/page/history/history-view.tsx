/** The history of a task or sprint: who changed what and when, newest first. */
import {useMemo} from 'react'
import {memberName} from '../organization/members.ts'
import {Avatar} from '../parts/avatar.tsx'
import {dateAndTime, timeAgo} from '../parts/format.ts'
import {addStyles} from '../parts/late-styles.ts'
import {useNow} from '../parts/now.ts'
import {LoadError, Loading} from '../parts/page-states.tsx'
import {useSession} from '../session/session.tsx'
import {titlesOf} from './fetch-history.ts'
import styles from './history.css?inline'
import {type HistoryOf, historyText, type Names} from './history-text.ts'
import {type HistorySource, useHistory} from './use-history.ts'

addStyles(styles)

interface HistoryViewProps extends HistorySource {
  subject: HistoryOf
}

export function HistoryView({subject, ...source}: HistoryViewProps) {
  const {board} = source
  const {me} = useSession()
  const now = useNow()
  const {history, loadMore} = useHistory(subject, source)
  const {value: list} = history
  const fetchedTitles = list?.titles
  const names = useMemo<Names>(
    () => ({
      member: id => memberName(board.members, id),
      titles: new Map([...(fetchedTitles ?? []), ...titlesOf(board)]),
    }),
    [board, fetchedTitles],
  )
  if (!list) {
    return history.error === undefined ? (
      <Loading label="Loading the history" />
    ) : (
      <LoadError of={history}>Could not load the history.</LoadError>
    )
  }
  const isComplete = list.next === null
  const hasStart = list.items.at(-1)?.type === `${subject.kind}.created`
  return (
    <>
      <ol className="history">
        {list.items.map(item => {
          const {actor, text} = historyText(item, subject, names)
          return (
            <li key={item.seq}>
              <Avatar name={actor} isMe={item.actor_user_id === me.user_id} />
              <p>
                <strong>{actor}</strong> {text}{' '}
                <time className="muted" dateTime={item.timestamp} title={dateAndTime(item.timestamp)}>
                  · {timeAgo(item.timestamp, now)}
                </time>
              </p>
            </li>
          )
        })}
      </ol>
      {isComplete && !hasStart && (
        <p className="muted">
          {list.items.length > 0 ? 'Earlier changes are not available.' : 'No changes are recorded yet.'}
        </p>
      )}
      {!isComplete && (
        <button type="button" className="button" disabled={!loadMore} onClick={loadMore}>
          Show earlier changes
        </button>
      )}
    </>
  )
}
