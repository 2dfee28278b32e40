import test from 'ava'
import {type Command, help, parseCommandLine} from '../../src/commands/command-line.ts'

const id = '01a1fbb1-7d60-7680-a26e-a37575eccb8d'

const accepted: [line: string, command: Command][] = [
  ['', {name: 'serve', workers: undefined}],
  ['serve', {name: 'serve', workers: undefined}],
  ['serve --workers 4', {name: 'serve', workers: 4}],
  ['--workers=64', {name: 'serve', workers: 64}],
  ['migrate', {name: 'migrate'}],
  ['help', {name: 'help'}],
  ['--help', {name: 'help'}],
  ['-h', {name: 'help'}],
  ['token --help', {name: 'help'}],
  ['--version', {name: 'version'}],
  [
    'token --sub ada --org acme',
    {
      name: 'token',
      request: {subject: 'ada', organization: 'acme', role: undefined, name: undefined, lifetime: 3600},
    },
  ],
  [
    'token --org=acme --sub=ada --role admin --name Ada --expires 7d',
    {
      name: 'token',
      request: {subject: 'ada', organization: 'acme', role: 'admin', name: 'Ada', lifetime: 604_800},
    },
  ],
  [
    'api-key create --org acme --name Robot --role member',
    {name: 'api-key create', organization: 'acme', keyName: 'Robot', role: 'member', lifetime: undefined},
  ],
  [
    'api-key create --org acme --name Robot --role viewer --expires 90s',
    {name: 'api-key create', organization: 'acme', keyName: 'Robot', role: 'viewer', lifetime: 90},
  ],
  ['api-key list', {name: 'api-key list', organization: undefined}],
  ['api-key list --org acme', {name: 'api-key list', organization: 'acme'}],
  [`api-key revoke ${id}`, {name: 'api-key revoke', id}],
  ['new-epoch', {name: 'new-epoch', organization: undefined}],
  ['backup team.backup', {name: 'backup', path: 'team.backup'}],
  ['restore team.backup', {name: 'restore', path: 'team.backup', replace: false}],
  ['restore --replace team.backup', {name: 'restore', path: 'team.backup', replace: true}],
  ['restore team.backup --replace', {name: 'restore', path: 'team.backup', replace: true}],
  ['new-epoch --org acme', {name: 'new-epoch', organization: 'acme'}],
]
for (const [line, command] of accepted) {
  test(`boardcast ${line} is accepted`, t => {
    t.deepEqual(parseCommandLine(line.split(' ').filter(Boolean)), command)
  })
}

const rejected: [line: string, message: RegExp][] = [
  ['bogus', /Unknown command bogus/],
  ['--bogus', /--bogus/],
  ['serve now', /now/],
  ['serve --workers', /--workers/],
  ['serve --workers 0', /1 to 64/],
  ['serve --workers 65', /1 to 64/],
  ['serve --workers 2.5', /1 to 64/],
  ['serve --workers all', /1 to 64/],
  ['migrate --workers 2', /--workers/],
  ['backup', /path of one file/],
  ['backup one two', /path of one file/],
  ['restore --replace', /path of one file/],
  ['restore team.backup --force', /path of one file/],
  ['migrate --force', /--force/],
  ['new-epoch acme', /acme/],
  ['new-epoch --org', /--org/],
  ['token', /--sub is required/],
  ['token --sub ada', /--org is required/],
  ['token --sub ada --org', /--org/],
  ['token --sub= --org acme', /--sub is required/],
  ['token --sub ada --org acme --role boss', /viewer, member, admin/],
  ['token --sub ada --org acme --expires 5', /90s, 15m, 1h or 7d/],
  ['token --sub ada --org acme --expires 0h', /90s, 15m, 1h or 7d/],
  ['token --sub ada --org acme --expires 9999999999d', /90s, 15m, 1h or 7d/],
  ['token --sub ada --org acme ada', /ada/],
  ['api-key', /`api-key create`, `api-key list` or `api-key revoke`/],
  ['api-key destroy', /`api-key create`, `api-key list` or `api-key revoke`/],
  ['api-key create --org acme --role member', /--name is required/],
  ['api-key create --org acme --name Robot', /--role is required/],
  [`api-key create --org acme --role member --name ${'x'.repeat(201)}`, /1 to 200/],
  ['api-key revoke', /id of one key/],
  ['api-key revoke bck_x', /id of one key/],
  [`api-key revoke ${id} ${id}`, /id of one key/],
]
for (const [line, message] of rejected) {
  test(`boardcast ${line.slice(0, 80)} is rejected, and the error contains a remedy and points to the help`, t => {
    const error = t.throws(() => parseCommandLine(line.split(' ')), {code: 'usage', message})
    t.regex(error.message, /boardcast --help/)
  })
}

test('the help lists every command and option', t => {
  for (const word of [
    'serve',
    'migrate',
    'token',
    'create',
    'list',
    'revoke',
    'new-epoch',
    '--help',
    '--version',
  ])
    t.true(help.includes(word), word)
  for (const option of ['--workers', '--sub', '--org', '--role', '--name', '--expires'])
    t.true(help.includes(option), option)
  for (const line of help.split('\n')) t.true(line.length <= 110, line)
})
