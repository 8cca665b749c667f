import { expect, test } from 'vitest'
import { FAULT_KINDS } from '../../src/emulators/faults.ts'
import { EMULATOR_FLAGS, parseFault, parseFlags } from '../../src/emulators/flags.ts'

test('reads every flag', () => {
  const { options, problems } = parseFlags({
    port: '0',
    state: 'a.state',
    latency: '12',
    seed: '7',
    faultRate: '0.25',
    fault: ['post /keys=html', 'GET *=slow:3'],
    clock: '2030-01-01T00:00:00Z',
    writeQuota: '1000',
    keys: '10000',
    straitKeys: '30',
    straitLimits: false,
    allowPrivateEndpoints: true,
    issued: 'a.issued',
    control: true,
  })
  expect(problems).toEqual([])
  expect(options).toEqual({
    port: 0,
    state: 'a.state',
    latencyMs: 12,
    seed: 7,
    faultRate: 0.25,
    faults: [
      { method: 'POST', pattern: '/keys', kind: 'html', count: null },
      { method: 'GET', pattern: '*', kind: 'slow', count: 3 },
    ],
    clock: '2030-01-01T00:00:00Z',
    writeQuota: 1000,
    keys: 10_000,
    issued: 'a.issued',
    control: true,
    strait: { keys: 30, limits: false, allowPrivateEndpoints: true },
  })
})

test('needs no flag at all', () => {
  const { options, problems } = parseFlags({})
  expect(problems).toEqual([])
  expect(options).toMatchObject({ port: undefined, faults: [], control: false })
  expect(options.strait).toEqual({ keys: undefined, limits: true, allowPrivateEndpoints: false })
})

test('reports all problems at once, each with the flag and what to write', () => {
  const wrong = {
    port: '65536',
    latency: '-1',
    seed: '1.5',
    faultRate: '2',
    fault: ['nonsense', 'GET /key=boom'],
    clock: 'noon',
    keys: '',
  }
  const { problems } = parseFlags(wrong)
  expect(problems).toHaveLength(8)
  expect(problems).toContainEqual('--port "65536": write a whole number from 0 to 65535')
  expect(problems).toContainEqual(expect.stringContaining('"noon" is not an instant such as 2026-01-31T09:00:00Z'))
})

test.each(FAULT_KINDS)('knows the fault %s, with and without a count', (kind) => {
  expect(parseFault(`PATCH /keys/*=${kind}`)).toEqual({ method: 'PATCH', pattern: '/keys/*', kind, count: null })
  expect(parseFault(`* *=${kind}:4`)).toEqual({ method: '*', pattern: '*', kind, count: 4 })
})

test('takes a pattern with a named segment', () => {
  expect(parseFault('POST /v1/api-keys/:id/rotate=cut-after-commit:2')).toEqual({
    method: 'POST',
    pattern: '/v1/api-keys/:id/rotate',
    kind: 'cut-after-commit',
    count: 2,
  })
})

test.each(['', 'POST=html', 'POST /keys', 'POST /keys=', 'POST /keys=html:', 'POST /keys=html:x', 'POST /keys=HTML'])(
  'refuses the fault %j and shows the form',
  (text) => {
    expect(() => parseFault(text)).toThrow(/write METHOD PATTERN=KIND/)
  },
)

test('documents a flag for each value it reads', () => {
  const camel = (flag: string): string =>
    flag
      .slice(2)
      .replace(/^no-/, '')
      .replace(/ .*/, '')
      .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const named = EMULATOR_FLAGS.map(({ flag }) => camel(flag))
  const read = [
    'port',
    'state',
    'latency',
    'seed',
    'faultRate',
    'fault',
    'clock',
    'writeQuota',
    'keys',
    'straitKeys',
    'straitLimits',
    'allowPrivateEndpoints',
    'issued',
    'control',
  ]
  expect(named).toEqual(read)
})
