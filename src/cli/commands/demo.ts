import { mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { copyExample, type Stop, tour } from '../shell/tour.ts'

export const demo: Command = {
  name: 'demo',
  describe: 'Walks through a whole story against a local emulator: nothing leaves this machine. Ends by itself.',
  flags: [{ flag: '--example <folder>', doc: 'tell the story of this example, in a copy below it (.run)' }],
  examples: ['keywright demo', 'keywright demo --example examples/quickstart'],
  run,
}

async function run(shell: Shell, { flags }: Args): Promise<ExitCode> {
  const example = typeof flags.example === 'string' ? resolve(shell.cwd, flags.example) : null
  if (example !== null) await assertProject(example)
  const folder = example === null ? await mkdtemp(join(tmpdir(), 'keywright-demo-')) : join(example, '.run')
  if (example !== null) await copyExample(example, folder)
  const code = await tour(shell, folder, example === null ? OWN : QUICKSTART)
  if (code === 0) shell.stdout(`\nEverything is still there to look at: ${folder}\n`)
  return code
}

async function assertProject(folder: string): Promise<void> {
  const found = await stat(join(folder, 'keywright.yaml')).catch(() => null)
  if (found !== null) return
  throw new KeywrightError('CLI_FOLDER_MISSING', {
    message: `${folder} holds no keywright.yaml.`,
    hint: 'keywright demo',
  })
}

const LOOP: readonly Stop[] = [
  { say: 'What would happen? Nothing is written, no secret place is looked into.', run: ['plan'] },
  { say: 'Do it. Each new secret is proven at the API, delivered and read back.', run: ['apply', '--yes'] },
  { say: 'Live keys are what the manifests say, so there is nothing to do.', run: ['plan'] },
]

const OWN: readonly Stop[] = [
  { say: 'A project is a folder with keywright.yaml and manifests.', run: ['init'] },
  ...LOOP,
  {
    say: 'Somebody raises a limit in a pull request.',
    edit: 'keys/example.keys.yaml',
    from: 'limit: 5 ',
    to: 'limit: 8 ',
  },
  { run: ['plan'] },
  { run: ['apply', '--yes'] },
  { say: 'Where everything stands.', run: ['status'] },
]

const QUICKSTART: readonly Stop[] = [
  { say: 'Check the files, offline.', run: ['validate'] },
  ...LOOP,
  {
    say: 'A limit is raised: one update in place, the secret stays.',
    edit: 'keys/platform.keys.yaml',
    from: 'limit: 50',
    to: 'limit: 80',
  },
  { run: ['plan'] },
  { run: ['apply', '--yes'] },
  {
    say: 'rotation.serial is bumped: a new secret, delivered before the old one goes.',
    edit: 'keys/platform.keys.yaml',
    from: 'serial: 1',
    to: 'serial: 2',
  },
  { run: ['apply', '--yes'] },
  { say: 'Where everything stands.', run: ['status'] },
]
