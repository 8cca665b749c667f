/**
 * What `import` does: finds keys that are free, writes them as a manifest, and records them as they are.
 *
 * Recording is an adoption that writes nothing to a key (see `Active.asFound`): the same look, guards and lease as an apply, with a machine
 * that may only look. So the plan after an import is empty, and a key that is never changed afterwards can be forgotten without a trace.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { abilitiesOf } from '../../core/abilities.ts'
import { formatAddress } from '../../core/address.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import { matchesGlob } from '../../core/glob.ts'
import type { LiveKey } from '../../core/key.ts'
import { classify, type Ownership, recordedIds } from '../../core/ownership.ts'
import { at } from '../../core/time.ts'
import { type ApplyResult, apply, readSide } from '../../engine/apply.ts'
import { listAccount } from '../../engine/census.ts'
import type { ReadContext, WriteContext } from '../../engine/context.ts'
import { observe } from '../../engine/session.ts'
import { mintLineage } from '../../io/lineage.ts'
import { errorCode } from '../../io/private-files.ts'
import type { Imported } from '../render/imported.ts'
import type { Shell } from './command.ts'
import { assertStackRuns, refusalsOf } from './planning.ts'
import { Reported } from './reported.ts'
import { type Opened, openWriter } from './world.ts'

/** A live key, and whose it is. */
export interface Seen extends Omit<Imported, 'id'> {
  readonly owner: Ownership['who']
  /** Its life is over, although it is listed. */
  readonly over: boolean
}

export interface Account {
  /** Of every workspace of every provider whose keys can be taken over. Oldest first. */
  readonly keys: readonly Seen[]
  /** Configured providers whose keys cannot. */
  readonly closed: readonly string[]
}

/** Without an update nothing could say in a key's name whose it is (Strait), and no hash shows who holds its secret. */
export async function surveyAccounts({ project, context }: Opened<ReadContext>): Promise<Account> {
  const { records } = await context.store.read(context.stack)
  const ids = recordedIds(records)
  const now = context.clock.now()
  const keys: Seen[] = []
  const closed: string[] = []
  for (const { name, kind } of project.config.providers.values()) {
    if (!abilitiesOf(kind).update) {
      closed.push(name)
      continue
    }
    const { account, live } = await listAccount(await context.reader(name), context.parallelism)
    for (const key of live)
      keys.push({
        key,
        provider: name,
        workspace: key.scope === account.identity.account ? null : key.scope,
        owner: classify(key, context.stack, ids).who,
        over: isOver(key, now),
      })
  }
  return { keys: keys.sort((a, b) => at(a.key.createdAt) - at(b.key.createdAt)), closed }
}

function isOver({ fields: { expiresAt } }: LiveKey, now: number): boolean {
  return typeof expiresAt === 'string' && at(expiresAt) <= now
}

/** Where imports go unless said. */
export const FILE = 'keys/imported.keys.yaml'

/** Never over a file that exists, and only where it would be read. Throws `CLI_USAGE`, `CLI_FILE_EXISTS` or `CLI_FILE_UNWRITABLE`. */
export async function writeManifest({ project }: Opened<ReadContext>, file: string, text: string): Promise<void> {
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

/**
 * Records the keys with these ids that the manifests adopt. Needs the lease; sends nothing but reads. Throws `Reported` (3) for what a
 * guard, or the table of adoptions, refuses: then no key is recorded.
 */
export async function recordKeys(shell: Shell, ids: ReadonlySet<string>): Promise<ApplyResult> {
  const opened = await openWriter(shell)
  try {
    const { stack } = opened.context
    const adopted = (opened.wanted.adopted ?? []).filter(({ key }) => ids.has(key))
    const meant = new Set(adopted.map(({ as }) => formatAddress(stack, as)))
    const filter = ({ address }: { readonly address: string }): boolean => meant.has(address)
    const asFound = adopted.map((one) => ({ ...one, asFound: true }))
    const wanted = { ...opened.wanted, moved: [], handedOver: [], adopted: asFound }
    const session = await observe(readSide(opened.context), wanted, filter)
    assertStackRuns(session)
    const refused = [...session.stops.values(), ...refusalsOf({ ...opened, wanted }, session)]
    if (refused.length > 0)
      throw new Reported(refused, {
        word: 'refused',
        exit: 3,
        summary: 'The manifest is written, and no key of it is recorded. keywright plan shows what apply would do.',
      })
    return await apply(looking(opened.context), { session, wanted, filter, mint: mintLineage })
  } finally {
    await opened.close()
  }
}

/** The same brain with tied hands. */
function looking(context: WriteContext): WriteContext {
  return {
    ...context,
    decide: (...inputs) => {
      const decision = context.decide(...inputs)
      return decision.do === 'adopt' || decision.do === 'rest' ? decision : { do: 'rest', until: null, open: false }
    },
  }
}
