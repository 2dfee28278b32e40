/** Reads the export of a Trello board: lists become stories, and cards become tasks. */
import {BoardBuilder} from './board-builder.ts'
import {cleanDay} from './clean-values.ts'
import {groupBy} from './group-by.ts'
import type {ImportedBoard, Person} from './imported-board.ts'
import {
  isObject,
  type JsonObject,
  lengthOf,
  numberOf,
  objectOf,
  objectsIn,
  textOf,
  textsIn,
  textsOf,
} from './json-values.ts'

export function isTrello(json: unknown): json is JsonObject {
  return isObject(json) && Array.isArray(json.lists) && Array.isArray(json.cards)
}

export function readTrello(board: JsonObject): ImportedBoard {
  const builder = new BoardBuilder('trello')
  const {notKept} = builder
  const members = new Map(objectsIn(board.members).map(member => [textOf(member.id), personOf(member)]))
  const labels = new Map(objectsIn(board.labels).map(label => [textOf(label.id), label]))
  const checklists = groupBy(objectsIn(board.checklists), ({idCard}) => textOf(idCard))
  const customFields = objectsIn(board.customFields)
  const lists = objectsIn(board.lists).sort(byPosition)
  const cards = groupBy(objectsIn(board.cards), ({idList}) => textOf(idList))
  const taskOf = new Map<string, string>()

  for (const list of lists) {
    const name = textOf(list.name)
    const ofList = (cards.get(textOf(list.id)) ?? []).sort(byPosition)
    if (list.closed === true) {
      notKept.add('archived', name, 1 + ofList.length)
      continue
    }
    const archived = ofList.filter(({closed}) => closed === true)
    notKept.add('archived', textOf(archived[0]?.name), archived.length)
    const story = builder.story(textOf(list.id), {title: name})
    for (const card of ofList) if (card.closed !== true) addCard(card, name, story)
  }
  const listIds = new Set(lists.map(({id}) => textOf(id)))
  for (const [id, [first, ...others]] of cards)
    if (!listIds.has(id)) notKept.add('archived', textOf(first?.name), 1 + others.length)
  for (const action of objectsIn(board.actions)) addComment(action)
  for (const {name} of customFields) notKept.add('custom-fields', textOf(name))
  return builder.build()

  function addCard(card: JsonObject, listName: string, story: string): void {
    const id = textOf(card.id)
    const name = textOf(card.name)
    const owners = textsIn(card.idMembers).map(member => members.get(member) ?? [member])
    if (owners.length > 1) notKept.add('further-owners', name)
    notKept.add('attachments', name, lengthOf(card.attachments))
    const isDone = card.dueComplete === true
    const task = builder.task(id, {
      story,
      title: name,
      description: card.desc,
      status: isDone
        ? builder.mapStatus(`${listName} (due date complete)`, 'completed')
        : builder.status(listName),
      owners,
      completed_at: null,
      estimated_hours: null,
      priority: null,
      due_on: cleanDay(card.due, notKept),
      labels: textsIn(card.idLabels).flatMap(label => labelOf(label, card)),
      checklist: (checklists.get(id) ?? []).sort(byPosition).flatMap(itemsOf),
    })
    taskOf.set(id, task)
  }

  /** A label without a name gets the name of its color. */
  function labelOf(id: string, card: JsonObject): string[] {
    const label = labels.get(id) ?? objectsIn(card.labels).find(label => label.id === id)
    const color = textOf(label?.color)
    const name = textOf(label?.name) || color.replaceAll('_', ' ')
    return name ? [builder.label(name, color)] : []
  }

  function addComment(action: JsonObject): void {
    if (action.type !== 'commentCard' && action.type !== 'copyCommentCard') return
    const data = objectOf(action.data)
    const task = taskOf.get(textOf(objectOf(data.card).id))
    if (!task) return // the comment belongs to an archived card
    builder.comment(textOf(action.id), {
      task,
      author: personOf(objectOf(action.memberCreator)),
      body: data.text,
      created_at: action.date,
    })
  }
}

function itemsOf(checklist: JsonObject) {
  return objectsIn(checklist.checkItems)
    .sort(byPosition)
    .map(({name, state}) => ({text: name, is_done: state === 'complete'}))
}

function personOf({fullName, username, email}: JsonObject): Person {
  return textsOf(fullName, username, email)
}

function byPosition(one: JsonObject, other: JsonObject): number {
  return numberOf(one.pos) - numberOf(other.pos)
}
