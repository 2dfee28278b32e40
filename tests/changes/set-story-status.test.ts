import {storyStatuses} from '../../src/board/story.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {setStoryStatus} from '../../src/changes/set-story-status.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('a story can be set to every status; setting a new status appends one event, and setting the current status appends no event', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {story} = await createBoard(store.db, ada)
  let last = story
  for (const status of [...storyStatuses.slice(1), ...storyStatuses.toReversed()]) {
    const {result, records} = await commitChange(store.db, ada, setStoryStatus(story.id, status))
    t.like(result, {status, version: last.version + (status === last.status ? 0 : 1)})
    t.is(records.length, status === last.status ? 0 : 1)
    last = result
  }
  t.like((await readEvents(store.db, ada.organization_id)).at(-1), {
    type: 'story.status.changed',
    old_status: 'ready',
    new_status: 'draft',
    version: last.version,
  })
})
