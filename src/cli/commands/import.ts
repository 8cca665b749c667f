import { KeywrightError } from '../../core/diagnostic.ts'
import { instant } from '../../core/time.ts'
import type { ReadContext } from '../../engine/context.ts'
import { hasWrongEnd, type ImportView, renderImport } from '../render/import.ts'
import { type Imported, idsFor, renderManifest } from '../render/imported.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import type { FromStates } from '../shell/from-tfstate.ts'
import { FILE, recordKeys, type Seen, surveyAccounts, writeManifest } from '../shell/importing.ts'
import { assertRef } from '../shell/ref.ts'
import { type Opened, openReader } from '../shell/world.ts'

export const importKeys: Command = {
  name: 'import',
  describe:
    'Writes live keys that nobody manages as a manifest with an adopt: section, and records them as they are: the plan afterwards is empty. Changes no key; comments keep age and spend.',
  words: '[hashes...]',
  flags: [
    { flag: '--all', doc: 'every live key that nobody manages' },
    {
      flag: '--from-tfstate <file>',
      doc: "keys of OpenRouter's own Terraform provider in this state file",
      repeatable: true,
    },
    { flag: '--out <file>', doc: 'the manifest to write (keys/imported.keys.yaml)' },
    { flag: '--files-only', doc: 'record nothing: the next apply takes the keys over, and marks them in their names' },
  ],
  examples: [
    'keywright import --all',
    'keywright import sha256:f01d5260c2f0... --out keys/crawler.keys.yaml',
    'terraform state pull > state.json; keywright import --from-tfstate state.json',
  ],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const { out, filesOnly } = args.flags
  const asked = askedFor(args)
  const file = typeof out === 'string' ? out : FILE
  const written = await write(shell, { asked, file, filesOnly: filesOnly === true })
  const ids = new Set(written.chosen.map(({ key }) => key.id))
  const result = ids.size === 0 || filesOnly === true ? null : await recordKeys(shell, ids)
  const view: ImportView = { ...written, file, outcomes: result?.outcomes ?? null }
  if (shell.format !== 'json' && view.warnings.length > 0) {
    const { renderDiagnostics } = await import('../render/diagnostics.ts')
    shell.stderr(renderDiagnostics(view.warnings, shell))
  }
  shell.stdout(renderImport(view, shell))
  return hasWrongEnd(view)
}

type Asked =
  | { readonly by: 'all' }
  | { readonly by: 'hash'; readonly ids: readonly string[] }
  | { readonly by: 'state'; readonly files: readonly string[] }

/** Throws `CLI_USAGE` unless exactly one way was chosen. */
function askedFor({ words, flags }: Args): Asked {
  const files = Array.isArray(flags.fromTfstate) ? flags.fromTfstate.map(String) : []
  const ways: readonly Asked[] = [
    ...(flags.all === true ? [{ by: 'all' } as const] : []),
    ...(words.length > 0 ? [{ by: 'hash', ids: words.map((word) => word.replace(/^sha256:/, '')) } as const] : []),
    ...(files.length > 0 ? [{ by: 'state', files } as const] : []),
  ]
  const [only, ...others] = ways
  if (only && others.length === 0) return only
  throw new KeywrightError('CLI_USAGE', {
    message: only ? 'Hashes, --all and --from-tfstate are three ways; one at a time.' : 'Which keys shall be imported?',
    hint: 'keywright import --all',
  })
}

interface Order {
  readonly asked: Asked
  readonly file: string
  readonly filesOnly: boolean
}

type Written = Omit<ImportView, 'file' | 'outcomes'>

/** The first half: looks, and writes the manifest. Without the lease. */
async function write(shell: Shell, { asked, file, filesOnly }: Order): Promise<Written> {
  const opened = await openReader(shell, { allowEmpty: true })
  try {
    if (!filesOnly) await assertRef(shell, opened.project)
    // What is wrong with a file is said before anybody is asked.
    const choose = await chooser(asked, shell)
    const { keys, closed } = await surveyAccounts(opened)
    const { chosen, states } = choose(keys)
    const named = new Map(states?.named.map(({ seen, id, was }) => [seen.key.id, { id, was }]))
    const known = new Set(opened.project.adopted.map(({ key }) => key))
    const fresh = chosen.filter(({ key }) => !known.has(key.id))
    const ids = idsFor(
      fresh.map(({ key }) => key),
      new Set(opened.wanted.keys.map(({ id }) => id)),
      new Map([...named].map(([key, { id }]) => [key, id])),
    )
    const entries = fresh.map((one): Imported => {
      const was = named.get(one.key.id)?.was
      return { ...one, id: ids.get(one.key.id) ?? 'imported', ...(was ? { was } : {}) }
    })
    if (entries.length > 0) await writeManifest(opened, file, renderManifest(entries, instant(shell.clock.now())))
    return {
      entries,
      chosen: chosen.map((one) => ({ ...one, id: idOf(opened, one) ?? ids.get(one.key.id) ?? 'imported' })),
      closed,
      was: new Map([...named].map(([key, { was }]) => [key, was])),
      others: states?.others ?? 0,
      warnings: states?.warnings ?? [],
    }
  } finally {
    await opened.close()
  }
}

/** The id under which a manifest adopts it already. */
function idOf({ project }: Opened<ReadContext>, { key }: Seen): string | undefined {
  return project.adopted.find((one) => one.key === key.id)?.as
}

interface Choice {
  readonly chosen: readonly Seen[]
  readonly states: FromStates | null
}

async function chooser(asked: Asked, { cwd }: Shell): Promise<(keys: readonly Seen[]) => Choice> {
  switch (asked.by) {
    case 'all':
      return (keys) => ({ chosen: keys.filter(isFree), states: null })
    case 'hash':
      return (keys) => {
        const free = keys.filter(isFree)
        const lost = asked.ids.find((id) => !free.some(({ key }) => key.id === id))
        if (lost !== undefined) throw notFree(lost)
        return { chosen: free.filter(({ key }) => asked.ids.includes(key.id)), states: null }
      }
    case 'state': {
      const { keysOfStates, readStates } = await import('../shell/from-tfstate.ts')
      const read = await readStates(asked.files, cwd)
      return (keys) => {
        const states = keysOfStates(read, keys)
        return { chosen: states.named.map(({ seen }) => seen), states }
      }
    }
    default:
      return asked satisfies never
  }
}

function isFree({ owner, over }: Seen): boolean {
  return owner === 'foreign' && !over
}

function notFree(id: string): KeywrightError {
  return new KeywrightError('ADOPT_KEY_MISSING', {
    message: `${id.slice(0, 16)} is no live key that is free to be taken over.`,
    hint: 'keywright census --json   lists all keys with their hashes',
  })
}
