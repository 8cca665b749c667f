import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { abilitiesOf } from '../../core/abilities.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import { matchesGlob } from '../../core/glob.ts'
import type { LiveKey } from '../../core/key.ts'
import { classify, recordedIds } from '../../core/ownership.ts'
import { at, instant } from '../../core/time.ts'
import { listAccount } from '../../engine/census.ts'
import type { ReadContext } from '../../engine/context.ts'
import { errorCode } from '../../io/private-files.ts'
import { type Imported, idsFor, renderManifest } from '../render/imported.ts'
import { document } from '../render/json.ts'
import { counted } from '../render/text.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { type Opened, openReader } from '../shell/world.ts'

export const importKeys: Command = {
  name: 'import',
  describe:
    'Writes live keys that nobody manages as a manifest with an adopt: section; comments keep age and spend. The next apply takes them over as they are, and the plan after it is empty. Changes no key.',
  words: '[hashes...]',
  flags: [
    { flag: '--all', doc: 'every live key that nobody manages' },
    { flag: '--out <file>', doc: 'the manifest to write (keys/imported.keys.yaml)' },
  ],
  examples: ['keywright import --all', 'keywright import sha256:f01d5260c2f0... --out keys/crawler.keys.yaml'],
  run,
}

const FILE = 'keys/imported.keys.yaml'

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const { all, out } = args.flags
  const wanted = args.words.map((word) => word.replace(/^sha256:/, ''))
  if (all !== true && wanted.length === 0)
    throw new KeywrightError('CLI_USAGE', { message: 'Which keys shall be imported?', hint: 'keywright import --all' })
  const opened = await openReader(shell, { allowEmpty: true })
  try {
    const found = await foreignKeys(opened)
    const lost = wanted.find((id) => !found.some(({ key }) => key.id === id))
    if (lost !== undefined) throw notFree(lost)
    const chosen = wanted.length === 0 ? found : found.filter(({ key }) => wanted.includes(key.id))
    const ids = idsFor(
      chosen.map(({ key }) => key),
      new Set(opened.wanted.keys.map(({ id }) => id)),
    )
    const keys = chosen.map((one): Imported => ({ ...one, id: ids.get(one.key.id) ?? 'imported' }))
    const file = typeof out === 'string' ? out : FILE
    if (keys.length > 0) await write(opened, file, renderManifest(keys, instant(shell.clock.now())))
    say(shell, keys, file)
    return 0
  } finally {
    await opened.close()
  }
}

type Foreign = Omit<Imported, 'id'>

/** Of every workspace of every provider whose keys can be renamed: not ours, not another stack's, not at its end. Oldest first. */
async function foreignKeys({ project, context }: Opened<ReadContext>): Promise<readonly Foreign[]> {
  const { records } = await context.store.read(context.stack)
  const ids = recordedIds(records)
  const found: Foreign[] = []
  for (const { name, kind } of project.config.providers.values()) {
    if (!abilitiesOf(kind).update) continue
    const { account, live } = await listAccount(await context.reader(name), context.parallelism)
    const isFree = (key: LiveKey): boolean =>
      classify(key, context.stack, ids).who === 'foreign' && !isOver(key, context.clock.now())
    const workspace = ({ scope }: LiveKey): string | null => (scope === account.identity.account ? null : scope)
    found.push(...live.filter(isFree).map((key) => ({ key, provider: name, workspace: workspace(key) })))
  }
  return found.sort((a, b) => at(a.key.createdAt) - at(b.key.createdAt))
}

function isOver({ fields: { expiresAt } }: LiveKey, now: number): boolean {
  return typeof expiresAt === 'string' && at(expiresAt) <= now
}

function notFree(id: string): KeywrightError {
  return new KeywrightError('ADOPT_KEY_MISSING', {
    message: `${id.slice(0, 16)} is no live key that is free to be taken over.`,
    hint: 'keywright census --json   lists all keys with their hashes',
  })
}

/** Never over a file that exists, and only where it would be read. */
async function write({ project }: Opened<ReadContext>, file: string, text: string): Promise<void> {
  const { root, config } = project
  if (!config.manifests.some((glob) => matchesGlob(glob, file)))
    throw new KeywrightError('CLI_USAGE', {
      message: `--out: ${file} matches none of the manifests of keywright.yaml (${config.manifests.join(', ')}), so it would not be read.`,
      hint: `keywright import --all --out ${FILE}`,
    })
  try {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text, { flag: 'wx' })
  } catch (error) {
    const exists = errorCode(error) === 'EEXIST'
    throw new KeywrightError(exists ? 'CLI_FILE_EXISTS' : 'CLI_FILE_UNWRITABLE', {
      message: exists ? `${file} exists already. Nothing was written.` : `${file} cannot be written.`,
      hint: exists ? 'keywright import --all --out keys/more.keys.yaml' : `ls -ld ${dirname(file)}`,
    })
  }
}

function say(shell: Shell, keys: readonly Imported[], file: string): void {
  if (shell.format === 'json') {
    shell.stdout(
      document('import', {
        file: keys.length === 0 ? null : file,
        keys: keys.map(({ key, id, provider }) => ({ id, provider, key: key.id })),
      }),
    )
    return
  }
  if (keys.length === 0) shell.stdout('No live key is free to be taken over. Nothing was written.\n')
  else
    shell.stdout(
      `Wrote ${file}: ${counted(keys.length, 'key')}. No key was changed.\nNext: keywright plan   then keywright apply takes them over\n`,
    )
}
