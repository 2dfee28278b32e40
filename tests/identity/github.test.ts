import {createHmac} from 'node:crypto'
import test from 'ava'
import {commitChange} from '../../src/changes/commit-change.ts'
import {setGithubSecret} from '../../src/changes/set-github-secret.ts'
import {createDeliveryVerifiers} from '../../src/identity/github.ts'
import type {Store} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {createSecretBox} from '../../src/store/secret-box.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {recordStatements} from '../helpers/statements.ts'

let store: Store
test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store?.close())

test.serial(
  'a hundred concurrent deliveries to unknown projects need two queries, and a delivery to a known project among them is accepted',
  async t => {
    const box = createSecretBox('a key of at least thirty-two bytes')
    const {ada} = await createOrganization(store.db, {ada: 'admin'})
    const {project} = await createBoard(store.db, ada)
    const secret = 'A secret shared with GitHub'
    const findVerifier = createDeliveryVerifiers(store.db, box)
    const body = Buffer.from('{}')
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

    await t.throwsAsync(async () => (await findVerifier(project.id))(signature, body), {
      code: 'invalid-signature',
    })
    await commitChange(store.db, ada, setGithubSecret(box, project.id, secret))

    const ids = Array.from({length: 100}, (_, n) => (n === 50 ? project.id : newId()))
    const outcomes: PromiseSettledResult<unknown>[] = []
    const statements = await recordStatements(async () => {
      const verify = async (id: string) => (await findVerifier(id))(signature, body)
      outcomes.push(...(await Promise.allSettled(ids.map(verify))))
    })
    t.is(statements.filter(({text}) => text.includes('github_secrets')).length, 2)
    const accepted = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    t.deepEqual(accepted, [{organization_id: ada.organization_id, project_id: project.id}])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') t.is(outcome.reason.code, 'invalid-signature')
    }
  },
)
