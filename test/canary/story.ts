/** A busy day: every command that comes near a secret, on good days and bad ones. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from './stage.ts'

const ROTATION = { grace: '0s', hold: '0s' }
/** Of places that cannot be written conditionally. */
const SLOW_ROTATION = { grace: '2m', hold: '1h' }

const key = (deliverTo: readonly string[], more: object = {}): object => ({
  limit: 5,
  deliverTo,
  rotation: ROTATION,
  ...more,
})

/** A key of Strait. */
const job = (deliverTo: readonly string[], more: object = {}): object => ({
  provider: 'jobs',
  scopes: ['jobs:read'],
  environmentId: 'production',
  expiresIn: '30d',
  deliverTo,
  rotation: { grace: '0s' },
  ...more,
})

const KEYS: Readonly<Record<string, object>> = {
  'web/front': key(['dotenv:FRONT', 'files:front.json#key', 'age:front.age']),
  'web/back': key(['dotenv:BACK'], { expiresAt: '2031-01-01T00:00:00Z' }),
  'web/header': { ...key([]), deliverTo: [{ sink: 'files', path: 'header.txt', value: 'Bearer ${secret}' }] },
  'ops/vaulted': key(['vault:ops/vaulted'], { rotation: SLOW_ROTATION }),
  'ops/paused': key(['dotenv:PAUSED'], { disabled: true }),
  'jobs/worker': job(['dotenv:WORKER', 'age:worker.age']),
  'jobs/native': job(['files:native.txt'], { rotation: { grace: '24h', native: true } }),
}

export async function story(stage: Stage): Promise<void> {
  await beginning(stage)
  await trouble(stage)
  await secondThoughts(stage)
  await looking(stage)
  await leaks(stage)
  await incidents(stage)
  await stage.run(['destroy', '--yes', '--allow-deletes', '99', '--now'])
}

async function manifest(stage: Stage, keys: object): Promise<void> {
  await stage.write('keys/all.keys.yaml', JSON.stringify({ defaults: { provider: 'openrouter' }, keys }))
}

async function beginning(stage: Stage): Promise<void> {
  await manifest(stage, KEYS)
  await Promise.all([stage.run(['plan']), stage.run(['plan', '--json'])])
  await stage.run(['apply', '--yes', '--events', 'events.ndjson'])
  const edited = {
    ...KEYS,
    'web/back': key(['dotenv:BACK', 'files:back.txt'], { limit: 7, expiresAt: '2032-01-01T00:00:00Z' }),
    'jobs/worker': job(['dotenv:WORKER', 'age:worker.age'], { scopes: ['jobs:read', 'jobs:trigger'] }),
    'jobs/native': job(['files:native.txt'], { rotation: { grace: '24h', native: true, serial: 1 } }),
  }
  await manifest(stage, edited)
  await stage.run(['apply', '--yes', '--json', '--events', '-'])
}

/** Wrong credentials, cut connections, a broken place, a place that somebody changes, two runs at once. */
async function trouble(stage: Stage): Promise<void> {
  const wrong = `sk-or-mgmt-${'0123456789abcdef'.repeat(4).split('').reverse().join('')}`
  const stranger = `strait_${'fedcba9876543210'.repeat(4)}`
  stage.more.push(wrong, stranger)
  const faults = [
    'POST /keys=cut-after-commit:1',
    'POST /keys=html:1',
    'GET /keys*=cut-before-commit:2',
    'GET /workspaces=slow:1',
    'GET /key=error-before-commit:1',
    'POST /v1/api-keys=cut-after-commit:1',
    'POST /v1/api-keys/:id/rotate=cut-after-commit:1',
    'DELETE /v1/api-keys/:id=error-after-commit:1',
    'GET /v1/api-keys=html:1',
  ]
  await stage.emulator.control('POST faults', { add: faults })
  await manifest(stage, {
    ...KEYS,
    'late/one': key(['dotenv:LATE']),
    'late/two': key(['broken:late'], { rotation: SLOW_ROTATION }),
    'late/three': key(['files:late.txt']),
    'late/four': job(['dotenv:FOUR', 'broken:four'], { rotation: { grace: '2m' } }),
    'jobs/native': job(['files:native.txt'], { rotation: { grace: '24h', native: true, serial: 2 } }),
  })
  await Promise.all([
    // Whichever comes second finds the lease taken.
    stage.run(['apply', '--yes', '--lock-timeout', '0s']),
    stage.run(['apply', '--yes', '--lock-timeout', '0s']),
    stage.run(['plan'], { env: { OPENROUTER_MANAGEMENT_KEY: wrong } }),
    stage.run(['plan'], { env: { STRAIT_API_KEY: stranger } }),
  ])
  await stage.emulator.control('POST faults', { clear: true })
  const held = await readFile(join(stage.project, '.env.keys'), 'utf8')
  await stage.write('.env.keys', held.replace(/^FRONT=.*$/m, 'FRONT=changed-by-hand'))
  const again = { rotation: { ...ROTATION, serial: 2 } }
  await manifest(stage, {
    ...KEYS,
    'web/front': { ...KEYS['web/front'], ...again },
    'late/one': key(['dotenv:LATE'], again),
    'jobs/worker': job(['dotenv:WORKER', 'age:worker.age'], again),
  })
  await stage.run(['apply', '--yes', '--events', 'events.ndjson'])
}

/** Throws unless it ends well: a command that was refused shows nothing. */
async function done(stage: Stage, args: readonly string[], stdin = ''): Promise<void> {
  const { code, stdout, stderr } = await stage.run(args, { stdin })
  if (code !== 0) throw new Error(`keywright ${args.join(' ')}: exit ${code}\n${stdout}${stderr}`)
}

/** Rotations that were asked for, taken back, put off and hurried up. */
async function secondThoughts(stage: Stage): Promise<void> {
  const all = ['web/front', 'jobs/worker', 'jobs/native', 'ops/vaulted']
  await done(stage, [
    'rotate',
    ...all,
    '--grace',
    '1h',
    '--reason',
    'laptop lost',
    '--yes',
    '--events',
    'events.ndjson',
  ])
  await done(stage, ['rollback', 'web/front', '--reason', 'slow'])
  await done(stage, ['resume', 'web/front'])
  await done(stage, ['extend', 'jobs/worker', '--grace', '2h', '--json'])
  await done(stage, ['retire', 'jobs/worker', '--now'])
  await done(stage, ['pause', 'web/header', '--for', '2h'])
  await stage.run(['rotate', 'web/header', '--reason', `found ${await heldAt(stage, 'FRONT')} in a log`])
}

/** What a variable of the dotenv file holds. */
async function heldAt({ project }: Stage, name: string): Promise<string> {
  const text = await readFile(join(project, '.env.keys'), 'utf8')
  return new RegExp(`^${name}=["']?([^"'\\n]+)`, 'm').exec(text)?.[1] ?? ''
}

/** Secrets of both APIs are pasted and replaced, also where the answers are lost. */
async function leaks(stage: Stage): Promise<void> {
  await stage.emulator.control('POST faults', { add: ['DELETE /v1/api-keys/:id=html:1', 'PATCH /keys/:id=html:1'] })
  await done(stage, ['leaked', '--yes'], `export FRONT=${await heldAt(stage, 'FRONT')}\n`)
  await done(stage, ['leaked', '--yes', '--json'], `${await heldAt(stage, 'WORKER')}\n`)
  await done(stage, ['leaked', 'web/header', '--after-replacement', '--yes'])
  await done(stage, ['leaked', '--all', '--dry-run'])
  await stage.run([await heldAt(stage, 'BACK')])
}

async function looking(stage: Stage): Promise<void> {
  await Promise.all([
    stage.run(['status', '--prove']),
    stage.run(['status', '--json']),
    stage.run(['show', 'web/front']),
    stage.run(['show', 'web/front', '--json']),
  ])
  await Promise.all([
    stage.run(['census', '--json']),
    stage.run(['drift', '--json']),
    stage.run(['state', 'list', '--json']),
    stage.run(['snapshot', '--out', 'live.json']),
  ])
  await Promise.all([
    stage.run(['history']),
    stage.run(['history', '--json']),
    stage.run(['schedule']),
    stage.run(['schedule', '--json']),
  ])
  await stage.run(['plan', '--live', 'live.json'], { env: { OPENROUTER_MANAGEMENT_KEY: '' } })
}

/** A foreign key is pasted by hand, a file holds a key, the state is lost. */
async function incidents(stage: Stage): Promise<void> {
  const { key: foreign } = await stage.emulator.control('POST keys', { name: 'somebody else' })
  stage.more.push(`${foreign}`)
  await Promise.all([
    stage.run(['hash'], { stdin: `${foreign}\n` }),
    stage.run(['leaked', `${foreign}`]),
    stage.run(['disable', 'web/back']),
  ])
  await Promise.all([
    stage.run(['leaked', '--yes'], { stdin: `${foreign}\n` }),
    stage.run(['resume', 'web/back', '--yes']),
  ])
  await stage.run(['state', 'rebuild', '--yes'])
}
