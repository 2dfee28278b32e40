/** The panel beside the board shows one task: its description, actions, details and comments. */
import {type ReactNode, useRef} from 'react'
import {mayGive} from '../../client/board.ts'
import type {Backlog, Board, BoardTask} from '../../client/client.ts'
import {TaskHistory} from '../history/task-history.tsx'
import type {HistorySource} from '../history/use-history.ts'
import {memberName} from '../organization/members.ts'
import {useOpenTask} from '../organization/organization-stream.tsx'
import {useViewers, ViewerFaces} from '../organization/presence.tsx'
import {Avatar} from '../parts/avatar.tsx'
import {Dialog} from '../parts/dialog.tsx'
import {count, dateAndTime} from '../parts/format.ts'
import {PenIcon} from '../parts/icons.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {LoadError, Loading} from '../parts/page-states.tsx'
import {alsoOpenText, noOwner} from '../parts/words.ts'
import {isReleaseRequested} from '../questions/release-request.ts'
import {TaskQuestions, useTaskQuestions} from '../questions/task-questions.tsx'
import {useSession} from '../session/session.tsx'
import {Checklist} from './checklist.tsx'
import {Comments} from './comments.tsx'
import {KeyLinksContext, useKeyLinks} from './key-links.ts'
import {PanelActions, PanelMenu} from './panel-actions.tsx'
import {Detail} from './panel-detail.tsx'
import {Prose} from './prose.tsx'
import {TaskBlockers} from './task-blockers.tsx'
import {TaskElsewhere} from './task-elsewhere.tsx'
import {TaskKey} from './task-key.tsx'
import {TaskLinks} from './task-links.tsx'
import type {TaskDialog} from './task-menu.tsx'
import {mayAskForRelease, type Step} from './task-moves.ts'
import styles from './task-panel.css?inline'
import {TaskPlan} from './task-plan.tsx'
import {useWholeTask} from './whole-task.ts'

addStyles(styles)

interface TaskPanelProps extends HistorySource {
  taskId: string
  /** The open task, or undefined when the board does not contain the task. */
  task: BoardTask | undefined
  run(task: BoardTask, steps: Step[]): void
  onOpen(dialog: TaskDialog, task: BoardTask): void
  onClose(): void
}

export function TaskPanel(props: TaskPanelProps) {
  const {taskId, task, board, onClose} = props
  if (!task) {
    const {latestEvent, reloads} = props
    return <TaskElsewhere key={taskId} {...{taskId, board, latestEvent, reloads, onClose}} />
  }
  return <BoardTaskPanel {...props} task={task} />
}

function BoardTaskPanel(props: TaskPanelProps & {task: BoardTask}) {
  const {task, board, latestEvent, reloads, run, onOpen, onClose} = props
  const {me} = useSession()
  useOpenTask(task.id)
  const keyLinks = useKeyLinks(task.key, board)
  const questions = useTaskQuestions(task)
  const isRequested = isReleaseRequested(questions.value, me)
  const story = board.stories.find(({id}) => id === task.story_id)
  const more = useRef<HTMLButtonElement>(null)
  const actions = (
    <PanelMenu
      key={task.id}
      task={task}
      more={more}
      run={run}
      onOpen={dialog => onOpen(dialog, task)}
      isReleaseRequested={isRequested}
    />
  )
  return (
    <KeyLinksContext value={keyLinks}>
      <Dialog
        title={task.title}
        above={<TaskKey taskKey={task.key} />}
        actions={actions}
        kind="side"
        onClose={onClose}
      >
        <div className="panel">
          <PanelActions key={`actions ${task.id}`} task={task} more={more} run={run} />
          <PanelViewers taskId={task.id} />
          <PanelContent key={`content ${task.id}`} task={task}>
            <PanelDetails
              task={task}
              board={board}
              storyTitle={story?.title ?? ''}
              run={run}
              onOpen={onOpen}
              isReleaseRequested={isRequested}
            />
          </PanelContent>
          <TaskQuestions
            key={`questions ${task.id}`}
            questions={questions}
            onAsk={() => onOpen('ask', task)}
          />
          {/* Because of the key, each task has its own form, which restores its own draft. */}
          <Comments key={task.id} task={task} board={board} latestEvent={latestEvent} reloads={reloads} />
          <TaskHistory
            key={`history ${task.id}`}
            taskId={task.id}
            board={board}
            latestEvent={latestEvent}
            reloads={reloads}
          />
        </div>
      </Dialog>
    </KeyLinksContext>
  )
}

function PanelViewers({taskId}: {taskId: string}) {
  const viewers = useViewers(taskId)
  if (viewers.length === 0) return null
  return (
    <p className="panel-viewers">
      <ViewerFaces names={viewers} />
      {alsoOpenText(viewers)}
    </p>
  )
}

/** The description above the details, and the links and the checklist below them. */
function PanelContent({task, children}: {task: BoardTask; children: ReactNode}) {
  const {whole, error, ...fetched} = useWholeTask(task)
  return (
    <>
      {whole?.description === '' && <p className="muted">No description.</p>}
      {whole?.description && <Prose text={whole.description} />}
      {!whole && error === undefined && <Loading label="Loading the description" />}
      {!whole && <LoadError of={{error, ...fetched}}>Could not load the description.</LoadError>}
      {children}
      {whole && <TaskLinks links={whole.links} />}
      {whole && <Checklist whole={whole} />}
    </>
  )
}

interface PanelDetailsProps {
  task: BoardTask
  board: Board | Backlog
  storyTitle: string
  run(task: BoardTask, steps: Step[]): void
  onOpen(dialog: TaskDialog, task: BoardTask): void
  isReleaseRequested: boolean
}

function PanelDetails(props: PanelDetailsProps) {
  const {task, board, storyTitle, run, onOpen, isReleaseRequested} = props
  const {me} = useSession()
  const name = (userId: string) => memberName(board.members, userId)
  const {owner_user_id: owner, estimated_hours: hours, acceptance_criteria_refs: refs} = task
  return (
    <dl className="panel-details">
      <Detail label="Story">{storyTitle}</Detail>
      <Detail label="Owner">
        <OwnerControl
          onAssign={mayGive(task, me) ? () => onOpen('assign-task', task) : undefined}
          onAsk={mayAskForRelease(task, me) ? () => onOpen('ask-release', task) : undefined}
          isReleaseRequested={isReleaseRequested}
        >
          {owner && <Avatar name={name(owner)} isMe={owner === me.user_id} />}
          {owner ? name(owner) : noOwner}
        </OwnerControl>
      </Detail>
      <TaskPlan task={task} labels={board.labels} onEdit={edit => run(task, [{edit}])} />
      <TaskBlockers task={task} board={board} />
      <Detail label="Estimate">{hours === null ? 'None' : count(hours, 'hour')}</Detail>
      <Detail label="Acceptance criteria">{refs.join(', ') || 'None'}</Detail>
      <Detail label="Created">
        {dateAndTime(task.created_at)} by {name(task.created_by_user_id)}
      </Detail>
      <Detail label="Updated">{dateAndTime(task.updated_at)}</Detail>
    </dl>
  )
}

interface OwnerControlProps {
  /** Undefined when the viewer may not give the task to another member. */
  onAssign: (() => void) | undefined
  /** Undefined when the viewer cannot ask for the task. */
  onAsk: (() => void) | undefined
  isReleaseRequested: boolean
  /** The owner. */
  children: ReactNode
}

function OwnerControl({onAssign, onAsk, isReleaseRequested, children}: OwnerControlProps) {
  if (onAssign) {
    return (
      <button type="button" className="plan-control" aria-haspopup="dialog" onClick={onAssign}>
        <span className="visually-hidden">Owner: </span>
        {children}
        <PenIcon />
      </button>
    )
  }
  return (
    <span className="person">
      {children}
      {onAsk && isReleaseRequested && <span className="muted">Release requested</span>}
      {onAsk && !isReleaseRequested && (
        <button type="button" className="link-button" onClick={onAsk}>
          Ask for release
        </button>
      )}
    </span>
  )
}
