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
  const comments = groupBy(objectsIn(board.actions).filter(isComment), ({data}) =>
    textOf(objectOf(objectOf(data).card).id),
  )

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
  for (const {name} of customFields) notKept.add('custom-fields', textOf(name))
  return builder.build()

  function addCard(card: JsonObject, listName: string, story: string): void {
    const id = textOf(card.id)
    const name = textOf(card.name)
    const owners = textsIn(card.idMembers).map(member => members.get(member) ?? [member])
    if (owners.length > 1) notKept.add('further-owners', name)
    notKept.add('attachments', name, lengthOf(card.attachments))
    if (textOf(card.start)) notKept.add('unused-fields', 'start date')
    const ofCard = (checklists.get(id) ?? []).sort(byPosition)
    for (const checklist of ofCard) reportChecklist(checklist, ofCard.length > 1)
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
      checklist: ofCard.flatMap(itemsOf),
    })
    const found = comments.get(id) ?? []
    for (const {id, data, memberCreator, date} of found) {
      const author = personOf(objectOf(memberCreator))
      builder.comment(textOf(id), {task, author, body: objectOf(data).text, created_at: date})
    }
    // Trello exports only the last 1,000 actions of a board.
    const missing = numberOf(objectOf(card.badges).comments) - found.length
    notKept.add('comments-without-text', name, Math.max(0, missing))
  }

  function reportChecklist({name, checkItems}: JsonObject, isOneOfSeveral: boolean): void {
    const title = textOf(name)
    if (isOneOfSeveral || !['', 'checklist'].includes(title.toLowerCase()))
      notKept.add('checklist-details', title)
    for (const item of objectsIn(checkItems))
      if (textsOf(item.idMember, item.due).length > 0) notKept.add('checklist-details', textOf(item.name))
  }

  /** A label without a name gets the name of its color. */
  function labelOf(id: string, card: JsonObject): string[] {
    const label = labels.get(id) ?? objectsIn(card.labels).find(label => label.id === id)
    const color = textOf(label?.color)
    const name = textOf(label?.name) || color.replaceAll('_', ' ')
    return name ? [builder.label(name, color)] : []
  }
}

function isComment({type}: JsonObject): boolean {
  return type === 'commentCard' || type === 'copyCommentCard'
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
