/** `state rebuild`: records from what the places hold. See `engine/rebuild.ts` for what counts as a proof. */
import { formatAddress } from '../../../core/address.ts'
import { KeywrightError } from '../../../core/diagnostic.ts'
import type { LiveKey } from '../../../core/key.ts'
import { classify, recordedIds } from '../../../core/ownership.ts'
import { readSide } from '../../../engine/apply.ts'
import type { WriteContext } from '../../../engine/context.ts'
import { rebuild as judge, type Rebuilt } from '../../../engine/rebuild.ts'
import { refresh, type World } from '../../../engine/refresh.ts'
import type { StackState } from '../../../ports/state-store.ts'
import { renderRebuild } from '../../render/state.ts'
import type { Args, Command, ExitCode, Shell } from '../../shell/command.ts'
import { openWriter } from '../../shell/world.ts'

export const rebuild: Command = {
  name: 'rebuild',
  describe:
    'Makes records for live keys whose secret is in a place that the manifests name. Changes no key and no place, and claims nothing on the word of a name.',
  flags: [
    { flag: '--believe <address#n>', doc: 'generation that serves, where no place can be read', repeatable: true },
    { flag: '--dry-run', doc: 'say what would be recorded, and save nothing' },
  ],
  examples: ['keywright state rebuild --dry-run', 'keywright state rebuild --believe ci/bot#4'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const opened = await openWriter(shell)
  try {
    const { context, wanted } = opened
    const state = await context.store.read(context.stack)
    const world = await refresh(readSide(context), {
      desired: wanted.keys,
      ...state,
      declaredStacks: wanted.declaredStacks,
    })
    const results = await asked(shell, { context, state, world, believed: believedIn(args, context.stack) })
    const saved = args.flags.dryRun !== true
    if (saved) await save(context, { state, world, results })
    const all = saved ? (await context.store.read(context.stack)).records : state.records
    shell.stdout(
      renderRebuild(
        {
          stack: context.stack,
          results,
          kept: keptOf(state, results),
          unclaimed: unclaimedIn(world, context.stack, all),
          saved,
        },
        shell,
      ),
    )
    return results.some((one) => one.kind !== 'proven') ? 1 : 0
  } finally {
    await opened.close()
  }
}

interface Seen {
  readonly context: WriteContext
  readonly state: StackState
  readonly world: World
  readonly believed: ReadonlyMap<string, number>
}

/** Addresses with a record of their own are left alone, unless the record is behind the live key. */
function judged({ context, state, world, believed }: Seen): Promise<readonly Rebuilt[]> {
  const behind = (address: string): boolean => world.survey.stops.get(address)?.code === 'STATE_BEHIND'
  const wanted = world.desired.filter((key) => !state.records.has(key.address) || behind(key.address))
  const inputs = { stack: context.stack, wanted, records: state.records, live: liveIn(world), believed, now: world.at }
  const { sink, bytes, api } = context
  const eyes = {
    sink,
    extract: bytes.extract,
    matches: async (provider: string, ...pair: Parameters<Awaited<ReturnType<typeof api>>['matches']>) =>
      (await api(provider)).matches(...pair),
  }
  return judge(inputs, eyes, context.parallelism)
}

/** Where only a human can know, and there is one, each address is asked about once. */
async function asked(shell: Shell, seen: Seen): Promise<readonly Rebuilt[]> {
  const results = await judged(seen)
  if (!shell.interactive) return results
  const believed = new Map(seen.believed)
  for (const one of results) {
    const [only, ...others] = one.kind === 'asked' ? one.candidates : []
    if (one.kind !== 'asked' || !only || others.length > 0) continue
    const question = `${one.places.join(', ')} cannot be read. The only live key of ${one.address} is #${only.n}: does it serve?`
    if (await shell.confirm(question)) believed.set(one.address, only.n)
  }
  return believed.size > seen.believed.size ? judged({ ...seen, believed }) : results
}

function liveIn(world: World): readonly LiveKey[] {
  return [...world.providers.values()].flatMap((view) => [...view.keys.values()].filter((key) => key !== null))
}

async function save(
  { store, stack, lease, actor }: WriteContext,
  { state, world, results }: Pick<Seen, 'state' | 'world'> & { readonly results: readonly Rebuilt[] },
): Promise<void> {
  const known = state.header?.identities ?? {}
  const identities = {
    ...Object.fromEntries([...world.providers.values()].map((view) => [view.name, view.identity])),
    ...known,
  }
  const serial = state.header?.serial ?? 0
  await store.commitHeader({ stack, version: 1, ...state.header, serial, identities }, serial, lease)
  const changes = results.flatMap((one) =>
    one.kind === 'proven'
      ? [{ address: one.address, expectedSerial: one.record.serial, record: { ...one.record, actor } }]
      : [],
  )
  if (changes.length > 0) await store.commit(stack, changes, lease)
}

function keptOf({ records }: StackState, results: readonly Rebuilt[]): number {
  return [...records.keys()].filter((address) => !results.some((one) => one.address === address)).length
}

function unclaimedIn(world: World, stack: string, records: StackState['records']): readonly LiveKey[] {
  const ids = recordedIds(records)
  return liveIn(world).filter((key) => {
    const { who } = classify(key, stack, ids)
    return who === 'unclaimed' || who === 'derived'
  })
}

/** `ID#N` or `STACK/ID#N`. Throws `CLI_USAGE`. */
function believedIn({ flags }: Args, stack: string): ReadonlyMap<string, number> {
  const words = Array.isArray(flags.believe) ? flags.believe.map(String) : []
  return new Map(
    words.map((word) => {
      const [, id = '', n = ''] = /^(.+)#([1-9]\d{0,5})$/.exec(word) ?? []
      if (id === '')
        throw new KeywrightError('CLI_USAGE', {
          message: '--believe takes an address and a generation.',
          hint: '--believe ci/bot#4',
        })
      return [id.startsWith(`${stack}/`) ? id : formatAddress(stack, id), Number(n)] as const
    }),
  )
}
