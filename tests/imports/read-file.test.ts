import {readFile as readBytes} from 'node:fs/promises'
import test from 'ava'
import {type ReadOptions, readFile} from '../../src/imports/read-file.ts'

const read = (text: string | Uint8Array, options: Partial<ReadOptions> = {}) =>
  readFile(typeof text === 'string' ? Buffer.from(text) : text, options)
const sample = async (name: string) => read(await readBytes(new URL(`samples/${name}`, import.meta.url)))

const reasonsOf = ({notKept}: ReturnType<typeof readFile>) =>
  Object.fromEntries(notKept.map(({reason, count}) => [reason, count]))

test('a Trello board: lists are stories, and cards are tasks with labels, checklists and comments', async t => {
  const board = await sample('trello.json')
  t.is(board.format, 'trello')
  t.deepEqual(
    board.stories.map(({title}) => title),
    ['To Do', 'Doing', 'Done', 'Somewhere'],
  )
  t.deepEqual(
    board.labels.map(({name, color}) => [name, color]),
    [
      ['Safety', 'red'],
      ['lime', 'green'],
    ],
  )
  const [first, second, , , finished, formula] = board.tasks
  t.deepEqual(first, {
    source: 'trello:c1',
    story: 'trello:l1',
    title: 'First card',
    description: 'Fill the tank',
    status: 'available',
    owners: [
      ['Ada', 'ada1'],
      ['Nobody', 'nobody'],
    ],
    completed_at: null,
    estimated_hours: null,
    priority: null,
    acceptance_criteria_refs: [],
    due_on: '2026-12-10',
    labels: ['trello:safety', 'trello:lime'],
    checklist: [
      {text: 'First', is_done: false},
      {text: 'Second', is_done: true},
    ],
  })
  t.like(second, {title: 'Second card', owners: [['Nobody', 'nobody']]})
  t.is(finished!.status, 'completed')
  t.like(formula, {title: '=1+1', status: 'available'})
  t.deepEqual(
    board.comments.map(({source, author, body}) => [source, author[0], body]),
    [
      ['trello:n1', 'Ada', 'From Ada'],
      ['trello:n2', 'Nobody', 'From nobody'],
    ],
  )
  t.deepEqual(reasonsOf(board), {
    archived: 3,
    attachments: 2,
    'checklist-details': 2,
    'comments-without-text': 3,
    'custom-fields': 1,
    'further-owners': 1,
    'unknown-statuses': 1,
    'unused-fields': 1,
  })
  t.deepEqual(board.statuses[0], {from: 'To Do', to: 'available', count: 2})
})

test('Jira: epics are stories, and each sprint of their tasks has a story', async t => {
  const board = await sample('jira.csv')
  t.is(board.format, 'jira')
  t.deepEqual(
    board.sprints.map(({name}) => name),
    ['Sprint 2'],
  )
  t.deepEqual(
    board.stories.map(({title, sprint, status}) => [title, sprint, status]),
    [
      ['Launch', null, 'in_progress'],
      ['Launch', 'jira:sprint Sprint 2', 'in_progress'],
      ['Issues without a parent', null, 'draft'],
    ],
  )
  const [fill, light, count] = board.tasks
  t.like(fill, {
    source: 'jira:10002',
    description: 'Slowly,\nplease',
    status: 'available',
    owners: [['Ada']],
    estimated_hours: 2,
    priority: 'urgent',
    due_on: '2026-12-24',
    labels: ['jira:safety', 'jira:fuel'],
  })
  t.like(light, {status: 'cancelled', completed_at: '2026-12-05T13:30:00.000Z', priority: 'low'})
  t.deepEqual(board.statuses.at(-1), {from: 'Waiting for Godot', to: 'available', count: 1})
  t.true(board.statuses.some(({from, to}) => from === 'Done (Won’t Do)' && to === 'cancelled'))
  t.like(count, {status: 'available', priority: null, due_on: null, estimated_hours: null})
  t.deepEqual(
    board.comments.map(({author, body, created_at}) => [author, body, created_at]),
    [
      [['ada'], 'First, with; marks', '2026-01-02T15:04:00.000Z'],
      [['Nobody'], 'Second', '2026-01-02T16:04:00.000Z'],
    ],
  )
  t.deepEqual(reasonsOf(board), {
    attachments: 1,
    'invalid-values': 3,
    links: 1,
    'unknown-statuses': 1,
    'unused-fields': 4,
  })
  const unused = board.notKept.find(({reason}) => reason === 'unused-fields')
  t.is(unused!.example, 'created, reporter, custom field (team), components')
})

test('Jira: the source of a comment does not depend on the comments before it', t => {
  const cells = ['01/Jan/26 3:04 PM;ada;One', '02/Jan/26 3:04 PM;ada;Two', '02/Jan/26 3:04 PM;ada;Again']
  const sourcesOf = (comments: string[]) => {
    const head = `Issue key,Summary${',Comment'.repeat(comments.length)}`
    const csv = `${head}\nWEB-1,Fill,${comments.join(',')}`
    return readFile(Buffer.from(csv), {format: 'jira'}).comments.map(({source}) => source)
  }
  const [, ...later] = sourcesOf(cells)
  t.deepEqual(sourcesOf(cells.slice(1)), later)
  t.is(new Set(sourcesOf(cells)).size, 3)
})

test('GitHub: milestones are stories, closed issues are completed or cancelled, and pull requests are left out', async t => {
  const board = await sample('github.json')
  t.is(board.format, 'github')
  t.deepEqual(
    board.stories.map(({title, status}) => [title, status]),
    [
      ['v1', 'draft'],
      ['Issues without a milestone', 'draft'],
      ['v0', 'done'],
    ],
  )
  t.deepEqual(
    board.tasks.map(({title, status, completed_at}) => [title, status, completed_at]),
    [
      ['Fix the valve', 'available', null],
      ['Not planned', 'cancelled', '2026-01-02T00:00:00.000Z'],
      ['Finished', 'completed', '2026-01-02T03:04:05.000Z'],
    ],
  )
  t.deepEqual(
    board.labels.map(({name, color}) => [name, color]),
    [
      ['bug', 'red'],
      ['Safety', 'green'],
      ['wontfix', 'gray'],
    ],
  )
  t.deepEqual(reasonsOf(board), {
    'pull-requests': 1,
    'further-owners': 1,
    'comments-without-text': 4,
    'unused-fields': 1,
  })
  const unused = board.notKept.find(({reason}) => reason === 'unused-fields')
  t.is(unused!.example, 'author, creation time, due date of the milestone')
})

test('CSV: the columns are found by their names, and equal rows are different tasks', async t => {
  const board = await sample('tasks.csv')
  t.is(board.format, 'csv')
  const [fill, again, count] = board.tasks
  t.like(fill, {
    description: '=SUM(A1)',
    status: 'in_progress',
    priority: 'high',
    due_on: '2026-12-24',
    owners: [['ada']],
    estimated_hours: 1.5,
    labels: ['csv:safety', 'csv:fuel'],
    checklist: [
      {text: 'Open', is_done: true},
      {text: 'Close', is_done: false},
    ],
  })
  t.not(again!.source, fill!.source)
  t.is(again!.status, 'completed')
  t.like(count, {status: 'available', priority: null, due_on: null, estimated_hours: null})
  t.deepEqual(
    board.stories.map(({title}) => title),
    ['Launch', 'Imported tasks'],
  )
  t.deepEqual(reasonsOf(board), {'invalid-values': 4, 'unused-fields': 1})
})

for (const [name, text, options] of [
  ['deeply nested JSON', '['.repeat(100_000), {}],
  ['broken JSON', '{"lists": [', {}],
  ['JSON of an unknown format', '{"a": 1}', {}],
  ['a file of another format', '{"lists": [], "cards": []}', {format: 'github'}],
  ['an empty file', '', {}],
  ['CSV without titles', 'a,b\n1,2', {}],
  ['CSV that is not of Jira', 'title\na', {format: 'jira'}],
  ['too many rows', `title\n${'a\n'.repeat(60_000)}`, {}],
  [
    'a file with too many labels',
    `title,labels\na,"${Array.from({length: 2_001}, (_, n) => `l${n}`).join()}"`,
    {},
  ],
  ['a file with too many columns', `title${','.repeat(100_000)}\na`, {}],
  ['a cell without an end', `title\n"${'a'.repeat(3 * 1024 * 1024)}`, {}],
  ['bytes that are not UTF-8', Buffer.from('title\nÄ', 'latin1'), {}],
  ['binary bytes', Buffer.from([0, 1, 2, 255]), {}],
] as [string, string | Buffer, Partial<ReadOptions>][]) {
  test(`${name} is refused`, t => {
    t.throws(() => read(text, options), {code: 'invalid-file'})
  })
}

test('an incomplete JSON file is named as such', t => {
  const {message} = t.throws(() => read('{"lists": ['))!
  t.is(message, 'The file cannot be imported: it is not valid JSON, or not complete.')
})

test('stories and sprints whose names look alike when joined are different stories', t => {
  const {stories, tasks} = read('title,story,sprint\nOne,Bugs in iOS,\nTwo,Bugs,iOS')
  t.deepEqual(
    stories.map(({title, sprint}) => [title, sprint]),
    [
      ['Bugs in iOS', null],
      ['Bugs', 'csv:sprint iOS'],
    ],
  )
  t.is(new Set(tasks.map(({story}) => story)).size, 2)
})

test('a task has at most 20 owners with five names each, and only the first task with an id is kept', t => {
  const assignees = Array.from({length: 100_000}, (_, index) => ({login: `user ${index} ${'x'.repeat(400)}`}))
  const issue = {id: 1, number: 1, title: 'Fill', assignees}
  const board = read(JSON.stringify([issue, {...issue, title: 'Fill again'}]))
  t.is(board.tasks[0]!.owners.length, 20)
  t.true(board.tasks[0]!.owners.flat().every(name => name.length <= 320))
  const columns = 'Assignee,'.repeat(6)
  const ofJira = read(`Issue key,Summary,${columns}\nA-1,Fill,a,b,c,d,e,f`)
  t.deepEqual(ofJira.tasks[0]!.owners, [['a', 'b', 'c', 'd', 'e']])
  t.like(reasonsOf(board), {'repeated-ids': 1})
  t.is(board.tasks.length, 1)
})

test('Jira: what an issue loses when it becomes a story is reported', t => {
  const rows = ['1,A-1,Launch,,Ada,"a;b;Well"', '2,A-2,Fill,1,Ada,', '3,A-3,Plan,,,', '4,A-4,Weld,3,,']
  const board = read(`Issue id,Issue key,Summary,Parent,Assignee,Comment\n${rows.join('\n')}`)
  t.is(reasonsOf(board)['story-fields'], 1)
})

test('Boardcast: acceptance criteria and unused labels are imported, and blockers and pull requests are reported', t => {
  const board = read(
    JSON.stringify({
      boardcast_export: 1,
      labels: [{id: 'l', name: 'Unused', color: 'red'}],
      tasks: [
        {id: '1', title: 'Fill', acceptance_criteria_refs: ['AC-1'], blocked_by_task_ids: ['2'], links: [{}]},
        {id: '2', title: 'Weld', acceptance_criteria_refs: [7]},
      ],
    }),
  )
  t.deepEqual(
    board.tasks.map(task => task.acceptance_criteria_refs),
    [['AC-1'], []],
  )
  t.deepEqual(
    board.labels.map(({name}) => name),
    ['Unused'],
  )
  t.deepEqual(reasonsOf(board), {links: 2, 'invalid-values': 1})
})

test('the comments are in the order of the sprints, tasks and times, so that few batches change each board', t => {
  const tasks = ['1', '2', '3', '4'].map((id, index) => ({
    id,
    title: id,
    story_id: `s${index % 2}`,
    rank: id,
  }))
  const comments = tasks.flatMap(({id}) =>
    ['2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z'].map(created_at => ({
      id: `${id} ${created_at.slice(0, 10)}`,
      task_id: id,
      body: 'Well',
      created_at,
    })),
  )
  const board = read(
    JSON.stringify({
      boardcast_export: 1,
      sprints: [
        {id: 'one', name: 'One'},
        {id: 'two', name: 'Two'},
      ],
      stories: [
        {id: 's0', title: 'A', sprint_id: 'two'},
        {id: 's1', title: 'B', sprint_id: 'one'},
      ],
      tasks,
      comments: comments.sort((one, other) => (one.created_at < other.created_at ? -1 : 1)),
    }),
  )
  t.deepEqual(
    board.comments.map(({source}) => source.slice('boardcast:'.length)),
    ['2', '4', '1', '3'].flatMap(id => [`${id} 2026-01-01`, `${id} 2026-01-02`]),
  )
})

test('names of people contain no NUL, which Postgres cannot store', t => {
  const {tasks, comments} = read(
    JSON.stringify([
      {number: 1, title: 'Fill', assignees: [{login: 'a\0da'}], user: {login: 'b\0ob'}, body: 'Well'},
    ]),
  )
  t.notRegex(JSON.stringify([tasks, comments]), /\\u0000/)
  t.deepEqual(tasks[0]!.owners, [['ada']])
})

test('texts that are too long are cut, and UTF-16 with a byte order mark is read', t => {
  const long = read(`title,description\n"${'😀'.repeat(300)}","${'x'.repeat(20_000)}"`)
  t.true(long.tasks[0]!.title.length <= 200 && long.tasks[0]!.title.isWellFormed())
  t.is(long.tasks[0]!.description.length, 10_000)
  t.deepEqual(reasonsOf(long), {'cut-texts': 2})
  t.is(read(Buffer.from('\ufefftitle\nÄ', 'utf16le')).tasks[0]!.title, 'Ä')
  t.is(read('\ufefftitle\r\nÄ').tasks[0]!.title, 'Ä')
})

test('times without a zone are in UTC, and unreadable times are reported', t => {
  const zone = process.env.TZ
  process.env.TZ = 'Europe/Berlin'
  try {
    const times = [
      '12/31/2026',
      '2026-12-31 00:30',
      '2026-12-31T00:30:00',
      '2026-12-31T00:30+01:00',
      '2026-12-31 00:30:00+01',
      'Thu, 31 Dec 2026 00:30:00 EST',
      '31 Dec 2026 00:30 GMT+1',
      'Thu Dec 31 2026 00:30:00 GMT+0100 (CET)',
      'soon',
    ]
    const rows = times.map(time => `Fill,"${time}",done,"${time}"`)
    const board = read(`title,due_on,status,completed_at\n${rows.join('\n')}`)
    t.deepEqual(
      board.tasks.map(({due_on, completed_at}) => [due_on, completed_at]),
      [
        ['2026-12-31', '2026-12-31T00:00:00.000Z'],
        ['2026-12-31', '2026-12-31T00:30:00.000Z'],
        ['2026-12-31', '2026-12-31T00:30:00.000Z'],
        ['2026-12-30', '2026-12-30T23:30:00.000Z'],
        ['2026-12-30', '2026-12-30T23:30:00.000Z'],
        ['2026-12-31', '2026-12-31T05:30:00.000Z'],
        ['2026-12-30', '2026-12-30T23:30:00.000Z'],
        ['2026-12-30', '2026-12-30T23:30:00.000Z'],
        [null, null],
      ],
    )
    t.deepEqual(reasonsOf(board), {'invalid-values': 2})
  } finally {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
})

test('hostile values of JSON do not break the readers', t => {
  const hostile: unknown[] = [
    'x',
    1,
    null,
    [],
    {},
    {a: [[]]},
    '__proto__',
    Number.MAX_VALUE,
    {toString: 1},
    new Array(200_000).fill(1),
  ]
  for (const value of hostile) {
    t.notThrows(() =>
      read(
        JSON.stringify({
          lists: [value, {id: value, name: value, pos: value}, {id: 1}],
          cards: [value, {idList: value}, {idList: 1, due: value, pos: value, idMembers: value}],
          actions: [value],
          members: value,
          labels: [value],
          checklists: value,
        }),
      ),
    )
    t.notThrows(() =>
      read(
        JSON.stringify({
          boardcast_export: value,
          tasks: [
            value,
            {id: 1, story_id: value, checklist: value, label_ids: [value]},
            {id: 2, estimated_hours: value, priority: value, due_on: value},
          ],
          stories: value,
          members: [value],
          comments: [{task_id: value}],
        }),
      ),
    )
    t.notThrows(() =>
      read(
        JSON.stringify([{number: value, title: value, labels: [value], assignees: value, milestone: value}]),
      ),
    )
  }
})
