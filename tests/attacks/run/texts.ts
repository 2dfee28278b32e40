/**
 * Sends hostile texts in every text field, and checks that the server either stores the exact text or refuses the text.
 * Also checks that a stream delivers each change as one well-formed frame.
 */
import {type Answer, sendAs} from './client.ts'
import {contains} from './contains.ts'
import {inParallel} from './in-parallel.ts'
import {faultsOf} from './matrix.ts'
import type {PlannedOperation} from './plans.ts'
import {type Frame, StreamWatch} from './stream-watch.ts'
import {type AttackedField, attackedFieldsOf, type FieldTools} from './text-fields.ts'

export interface TextsResult {
  fields: number
  texts: number
  stored: number
  findings: string[]
}

/** A text that the server has accepted. */
interface Stored {
  label: string
  field: AttackedField
  text: string
  answer: Answer
}

export async function runTexts(
  operations: readonly PlannedOperation[],
  tools: FieldTools & {port: number},
  texts: Readonly<Record<string, string>>,
  selectField: (name: string) => boolean = () => true,
): Promise<TextsResult> {
  const {port, client, world, transcript} = tools
  const admin = world.attacked.tokens.admin
  const watch = await StreamWatch.open(port, admin, '', transcript)
  const fields = operations
    .flatMap(operation => attackedFieldsOf(operation, tools))
    .filter(({name}) => selectField(name))
  const result: TextsResult = {fields: fields.length, texts: 0, stored: 0, findings: []}
  const stored: Stored[] = []
  await inParallel(fields, async field => {
    for (const [name, hostile] of Object.entries(texts)) {
      const text = field.textOf(hostile)
      if (text === undefined) continue
      result.texts++
      const label = `${field.name} with ${name}`
      const answer = await field.send(text)
      const faults = faultsOf(field.operation, answer)
      if (answer.status < 300 && field.check !== 'nothing') {
        stored.push({label, field, text, answer})
        if (!(await field.isStored(text, answer))) faults.push('a later request does not find the text')
      }
      result.findings.push(...faults.map(fault => `${label}: ${fault}`))
    }
  })
  result.stored = stored.length
  const last = await sendAs(client, admin)({method: 'GET', path: '/api/v1/members'})
  await watch.reach(last.headers['event-id']!)
  watch.close()
  result.findings.push(...watch.findings)
  const frames = new Map<string, Frame[]>()
  for (const frame of watch.frames) frames.set(frame.id, [...(frames.get(frame.id) ?? []), frame])
  for (const one of stored) {
    const faults = faultsOfEvent(one, watch.frames, frames)
    result.findings.push(...faults.map(fault => `${one.label}: ${fault}`))
  }
  return result
}

/** Checks that the stream has one frame for the change, and that the frame contains exactly this text. */
function faultsOfEvent(
  {field, text, answer}: Stored,
  frames: readonly Frame[],
  framesById: ReadonlyMap<string, readonly Frame[]>,
): string[] {
  if (field.check === 'end in an event') {
    const end = text.split(' ').slice(-2).join(' ')
    const count = frames.filter(({data}) => contains(data, value => value.includes(end))).length
    return count === 1 ? [] : [`${count} events contain the end of the text`]
  }
  const id = answer.headers['event-id']
  if (!id || field.check !== 'event') return []
  const changes = framesById.get(id) ?? []
  if (changes.length !== 1) return [`the stream has ${changes.length} frames with the id of the change`]
  const isExact = contains(changes[0]!.data, value => value === text)
  return isExact ? [] : ['the event does not contain the text']
}
