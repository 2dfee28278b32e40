/** Questions that block the work. The viewer can answer open questions and ask new questions here. */
import {useState} from 'react'
import type {Escalation, Project} from '../../client/client.ts'
import {PlusIcon} from '../parts/icons.tsx'
import {useSession} from '../session/session.tsx'
import {NewEscalation} from './new-escalation.tsx'
import {QuestionList} from './question-list.tsx'

const maxAnswered = 5 // the number of answered questions that the page shows

interface EscalationsProps {
  escalations: Escalation[]
  projects: Project[]
}

export function Escalations({escalations, projects}: EscalationsProps) {
  const {me} = useSession()
  const [isAsking, setAsking] = useState(false)
  const openCount = escalations.filter(({status}) => status === 'open').length
  return (
    <section className="block" aria-label="Questions to other members">
      <header className="block-head">
        <h2>Questions</h2>
        {openCount > 0 && <span className="block-count">{openCount} open</span>}
        {me.role !== 'viewer' && (
          <button type="button" className="button" onClick={() => setAsking(true)}>
            <PlusIcon />
            Ask a question
          </button>
        )}
      </header>
      {openCount === 0 && <p className="muted">Nobody else has an open question.</p>}
      <QuestionList escalations={escalations} maxAnswered={maxAnswered} isInPanel={false} />
      {isAsking && <NewEscalation projects={projects} onClose={() => setAsking(false)} />}
    </section>
  )
}
