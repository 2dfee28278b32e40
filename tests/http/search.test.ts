// Tests the search in both stores.
import test from 'ava'
import {sql} from 'kysely'
import {startServer, type Team} from '../helpers/server.ts'

const servers = {Postgres: startServer(), embedded: startServer({embedded: true})}
test.after.always(async () => {
  for (const server of Object.values(servers)) await (await server).close()
})

for (const store of ['Postgres', 'embedded'] as const) {
  const teamOf = async (title: string) => (await servers[store]).team(title)

  test(`${store}: a search finds the key first, then titles, descriptions and comments; edits and deletions change what it finds`, async t => {
    const {ada, project, story, task} = await teamOf(t.title)
    const add = async (title: string, description = '') =>
      (await ada.post(`/stories/${story.id}/tasks`, {title, description})).body
    const inTitle = await add('Check the FUEL/valve')
    const inText = await add('Measure the flow', `Open the fuel_valve.\n${'Then wait. '.repeat(30)}`)
    const {body: ofStory} = await ada.post(`/projects/${project.id}/stories`, {title: 'Valves for fuel'})
    const text = `${'Before the launch, '.repeat(10)}who checks the fuel-valve (${inText.key})?`
    const {body: comment} = await ada.post(`/tasks/${task.id}/comments`, {body: text})
    await add('The valve of the tank')

    const found = await search(ada, 'Fuel, valv')
    t.deepEqual(
      found.map(({kind, id}) => [kind, id]),
      [
        ['story', ofStory.id],
        ['task', inTitle.id],
        ['task', inText.id],
        ['comment', comment.id],
      ],
    )
    t.deepEqual(hitsOf(found[0], 'title'), ['Valv', 'fuel'])
    t.like(found[0], {key: null, task_id: null, story_id: ofStory.id, sprint_id: null, title: ofStory.title})
    t.deepEqual(hitsOf(found[1], 'title'), ['FUEL', 'valv'])
    t.like(found[1], {key: inTitle.key, sprint_id: story.sprint_id, story_id: story.id, excerpt: ''})
    t.deepEqual(hitsOf(found[2], 'excerpt'), ['fuel', 'valv'])
    t.is(found[2].excerpt.length, 200)
    t.like(found[3], {task_id: task.id, key: task.key, title: task.title, title_hits: []})
    t.deepEqual(hitsOf(found[3], 'excerpt'), ['fuel', 'valv'])

    const byKey = await search(ada, ` ${inText.key.toLowerCase()} `)
    t.deepEqual(
      byKey.map(({id}) => id),
      [inText.id, comment.id],
      'the comment names the key',
    )

    await ada.patch(`/tasks/${inTitle.id}`, {title: 'Check the pump'})
    await ada.patch(`/comments/${comment.id}`, {body: 'The fuel is missing.'})
    await ada.patch(`/stories/${ofStory.id}`, {description: 'With a pump'})
    t.deepEqual(await idsOf(ada, 'fuel valve'), [ofStory.id, inText.id])
    t.deepEqual(await idsOf(ada, 'pump'), [inTitle.id, ofStory.id])
    await ada.delete(`/tasks/${inText.id}`)
    await ada.delete(`/comments/${comment.id}`)
    await ada.delete(`/stories/${ofStory.id}`)
    t.deepEqual([await idsOf(ada, 'fuel'), await idsOf(ada, 'pump')], [[], [inTitle.id]])
  })

  test(`${store}: pages contain each result once, and project_id selects one project`, async t => {
    const {ada, story} = await teamOf(t.title)
    const {body: other} = await ada.post('/projects', {name: 'Rover'})
    const {body: elsewhere} = await ada.post(`/projects/${other.id}/stories`, {title: 'Nothing'})
    const ids: string[] = []
    for (const title of ['Pump 1', 'Other', 'Pump 2', 'Other', 'Pump 3']) {
      const owner = ids.length === 4 ? elsewhere : story
      const fields = {title, description: 'About a pump'}
      ids.push((await ada.post(`/stories/${owner.id}/tasks`, fields)).body.id)
    }
    const expected = [4, 2, 0, 3, 1].map(index => ids[index])
    const pages: string[] = []
    for (let after = ''; ; ) {
      const {body} = await ada.get(`/search?q=pump&limit=2${after}`)
      pages.push(...body.items.map(({id}: {id: string}) => id))
      if (!body.next) break
      after = `&after=${body.next}`
    }
    t.deepEqual(pages, expected)
    t.deepEqual(await idsOf(ada, 'pump', `&project_id=${other.id}`), [ids[4]])
    t.deepEqual(await idsOf(ada, 'pump', `&project_id=${story.project_id}`), expected.slice(1))
  })

  test(`${store}: the case of letters does not matter, and punctuation separates words, in every language`, async t => {
    const {ada, story} = await teamOf(t.title)
    const titles = [
      ['Überprüfung der ВЕНТИЛЕЙ', 'überprüfung ÜBERPRÜFUNG вентилей Вент'],
      ['ÜBERFÜLLUNG im Вентиль', 'überfüllung Überf вентиль'],
      ['Das „Öl“, ¿qué?', 'öl qué'],
      ['100\u00a0Liter', 'liter 100'],
      ['阀门。检查', '检查 阀门'],
      ['Straße 🚀Süd', 'STRAßE straße süd'],
      ['Sinir', 'sinir SINIR'],
      ['Sınır', 'sınır'],
    ] as const
    for (const [title, queries] of titles) {
      const {body: task} = await ada.post(`/stories/${story.id}/tasks`, {title})
      for (const query of queries.split(' '))
        t.deepEqual(await idsOf(ada, query), [task.id], `${title}: ${query}`)
    }
  })
}

test('a word that more than a thousand texts contain is found in the order of all words: titles first, the newest first', async t => {
  const server = await servers.Postgres
  const {ada, story, task, organizationId} = await server.team(t.title)
  const count = 2_500
  const idOf = (number: number) => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`
  await sql`
    insert into tasks (
      organization_id, id, project_id, story_id, title, description, status, created_by_user_id,
      acceptance_criteria_refs, version, created_at, updated_at, number, key
    )
    select ${organizationId}, ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, ${story.project_id},
      ${story.id}, case n % 2 when 1 then 'A pump' else 'Other' end, case n when 7 then 'rare pump' else 'pump' end,
      'available', ${task.created_by_user_id}, '{}', 1, now(), now(), n + 100, 'PUMP-' || n + 100
    from generate_series(0, ${count - 1}::integer) n`.execute(server.db)
  const titles = Array.from({length: count / 2}, (_, index) => idOf(count - 1 - 2 * index))
  const others = titles.map((_, index) => idOf(count - 2 - 2 * index))
  t.deepEqual(await idsOf(ada, 'pump', '&limit=50'), titles.slice(0, 50))
  t.deepEqual(await idsOf(ada, 'rare pump'), [idOf(7)])
  const nearlyAll = await idsOf(ada, 'pump', `&limit=5&after=1-${titles.at(-2)}`)
  t.deepEqual(nearlyAll, [titles.at(-1), ...others.slice(0, 4)])
})

test('a word of only old texts is found, in one project and in all, also below thousands of newer texts', async t => {
  const server = await servers.Postgres
  const {ada, story, organizationId} = await server.team(t.title)
  const {body: first} = await ada.post(`/stories/${story.id}/tasks`, {title: 'An oxidizer'})
  const {body: second} = await ada.post(`/stories/${story.id}/tasks`, {title: 'An oxidizer'})
  // The search ignores words without a text, so the words of many matches and of many other texts suffice.
  await sql`
    insert into search_documents (organization_id, id, title_words, words)
    select ${organizationId}::uuid, ('fe900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, words, words
    from generate_series(1, 7000) n, search_words('Other', ${marksOf(organizationId, story.project_id)}) words
    union all
    select ${organizationId}::uuid, ('00900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, words, words
    from generate_series(1, 1500) n, search_words('oxidizer', ${marksOf(organizationId, story.project_id)}) words
  `.execute(server.db)
  for (const project of ['', `&project_id=${story.project_id}`]) {
    t.deepEqual(await idsOf(ada, 'oxidizer', `${project}&limit=2`), [second.id, first.id])
    t.deepEqual(await idsOf(ada, 'oxidizer', `${project}&limit=2&after=1-${second.id}`), [first.id])
  }
})

test('a word that Postgres takes as several words is found', async t => {
  const {ada, story} = await (await servers.Postgres).team(t.title)
  const fields = {title: 'Revert 3e5a9f2', description: ''}
  const {body: task} = await ada.post(`/stories/${story.id}/tasks`, fields)
  t.deepEqual(await idsOf(ada, '3e5a9f2'), [task.id])
  t.deepEqual(await idsOf(ada, 'revert 3E5A9f'), [task.id])
})

test('a search never shows a text of another organization, and bad queries are rejected', async t => {
  const server = await servers.Postgres
  const {ada, vic, task} = await server.team(t.title)
  const {ada: other, project} = await server.team(`${t.title}, theirs`)
  t.deepEqual(await idsOf(vic, task.title), [task.id])
  for (const query of [task.title, task.key, `${task.title} ${task.id}`, 'o k text', `o:${task.id}`]) {
    t.false((await idsOf(other, query)).includes(task.id), query)
  }
  const codeOf = async (query: string) => (await ada.get(`/search?${query}`)).body.code
  t.is(await codeOf(`q=tank&project_id=${project.id}`), 'project-not-found')
  t.is(await codeOf('q=%2B%26!'), 'query-without-words')
  t.is(await codeOf(`q=${'a+'.repeat(11)}`), 'query-too-long')
  for (const query of ['', 'q=', 'q=tank&limit=51', 'q=tank&after=4-1', `q=${'x'.repeat(201)}`]) {
    t.is(await codeOf(query), 'invalid-request', query)
  }
  for (const query of ["'tank", 'tank:*|fill', '½', '\u0301', 'tank)', '<b>tank', '0x1', '1e5', '\\']) {
    const {status} = await ada.get(`/search?q=${encodeURIComponent(`x ${query}`)}`)
    t.is(status, 200, query)
  }
  t.deepEqual(await idsOf(ada, '½'), [], 'Postgres knows no word in this query')
})

function marksOf(organizationId: string, projectId: string) {
  return sql`array[${`o:${organizationId}`}, ${`p:${projectId}`}, 'k:text']`
}

async function search(by: Team['ada'], query: string, more = ''): Promise<any[]> {
  const {status, body} = await by.get(`/search?q=${encodeURIComponent(query)}${more}`)
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body.items
}

async function idsOf(by: Team['ada'], query: string, more?: string): Promise<string[]> {
  return (await search(by, query, more)).map(({id}) => id)
}

function hitsOf(result: any, field: 'title' | 'excerpt'): string[] {
  return result[`${field}_hits`].map(({start, end}: {start: number; end: number}) =>
    result[field].slice(start, end),
  )
}
