/** Makes a member the owner of a task. */
import type {BoardTask} from '../../client/client.ts'
import {possibleAssignees} from '../organization/members.ts'
import {useMembers} from '../organization/organization-stream.tsx'
import {Avatar} from '../parts/avatar.tsx'
import {ChoiceDialog} from '../parts/choice-dialog.tsx'
import {useSession} from '../session/session.tsx'
import type {Step} from './task-moves.ts'

interface AssignTaskProps {
  task: BoardTask
  run(task: BoardTask, steps: Step[]): void
  onClose(): void
}

export function AssignTask({task, run, onClose}: AssignTaskProps) {
  const {me} = useSession()
  const members = possibleAssignees(useMembers())
  return (
    <ChoiceDialog
      title={`Assign “${task.title}”`}
      placeholder="Type to find a member"
      emptyText="No member has this name."
      choices={members
        .toSorted((one, other) => one.name.localeCompare(other.name))
        .map(({id, name}) => ({
          id,
          label: id === me.user_id ? `${name} (you)` : name,
          icon: <Avatar name={name} isMe={id === me.user_id} />,
          isChosen: id === task.owner_user_id,
        }))}
      onChoose={userId => userId !== task.owner_user_id && run(task, [{give: userId}])}
      onClose={onClose}
    />
  )
}
