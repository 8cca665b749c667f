/** What `terraform-provider-keywright` offers: the schema, and one function per method. */
import { KeywrightError } from '../core/diagnostic.ts'
import { systemClock } from '../io/clock.ts'
import { mintLineage } from '../io/lineage.ts'
import { declared } from './config/entry.ts'
import { setupOf } from './config/provider.ts'
import { objectOf } from './plain.ts'
import { keptBytes } from './record/kept.ts'
import { applyKey } from './resources/apply.ts'
import { readData } from './resources/data.ts'
import { destroyKey } from './resources/destroy.ts'
import { importKey, moveKey } from './resources/import.ts'
import { planDestroy, planKey } from './resources/plan.ts'
import { keptIn, readKey } from './resources/read.ts'
import { busy, stillness, unclaimedSaid } from './resources/unclaimed.ts'
import { upgraded } from './resources/upgrade.ts'
import { allSaid, failure } from './said.ts'
import type { TerraformKind } from './schema/provider.ts'
import { KINDS, wholeSchema } from './schema/whole.ts'
import type { Diagnostic } from './server/diagnostic.ts'
import type { Methods, Provider, Response } from './server/provider.ts'
import { openWorld, type Surroundings, type World } from './world.ts'

/** One process is configured anew for each walk, and asked by many resources at once. */
export function provider({ env, cwd }: Pick<Surroundings, 'env' | 'cwd'>): Provider {
  const around: Surroundings = { env, cwd, clock: systemClock, random: Math.random, mint: mintLineage }
  return {
    schema: wholeSchema(),
    methods: methods(around),
  }
}

function methods(around: Surroundings): Methods {
  let configured: World | null = null
  let bustle = stillness()
  // A walk that configures the provider plans or applies each block, which judges it as well, and by more than is known here.
  let isJudgedLater = false
  const world = (): World => {
    if (configured) return configured
    throw new KeywrightError('TERRAFORM_NOT_CONFIGURED', {
      message: 'The provider is not configured.',
      hint: 'provider "keywright" { stack = "acme-7f3a" }',
    })
  }
  return {
    // What the environment lacks is no mistake of the block: that is said when it is configured.
    ValidateProviderConfig: async ({ config }) => {
      isJudgedLater = false
      const { diagnostics } = await setupOf(objectOf(config) ?? {}, { ...around.env, KEYWRIGHT_STACK: 'any' })
      return { diagnostics: errors(allSaid(diagnostics.filter(({ code }) => !OF_RUN.has(code)))) }
    },
    ConfigureProvider: async ({ config }) => {
      const setup = await setupOf(objectOf(config) ?? {}, around.env)
      configured = openWorld(setup, around)
      bustle = stillness()
      isJudgedLater = true
      return { diagnostics: allSaid(setup.diagnostics) }
    },
    ValidateResourceConfig: async ({ typeName, config }) => {
      if (isJudgedLater) return {}
      const setting = { kind: kindOf(typeName), config: null, now: around.clock.now(), prior: {} }
      const { diagnostics } = await declared(objectOf(config) ?? {}, setting)
      return { diagnostics: errors(allSaid(diagnostics)) }
    },
    ValidateDataResourceConfig: async () => ({}),
    ReadDataSource: async ({ typeName, config }) =>
      guarded<Response<'ReadDataSource'>>(
        async () => ({ state: await readData(world(), typeName, objectOf(config) ?? {}) }),
        {},
      ),
    ImportResourceState: async ({ typeName, id }) =>
      guarded<Response<'ImportResourceState'>>(async () => {
        const { state, diagnostics } = await importKey(world(), kindOf(typeName), id)
        return { importedResources: [{ typeName, state }], diagnostics }
      }, {}),
    MoveResourceState: async ({ sourceProviderAddress, sourceTypeName, sourceState, targetTypeName }) => {
      const source =
        targetTypeName === 'keywright_openrouter_key' ? sourceTypeName : `${sourceTypeName} (for ${targetTypeName})`
      const moved = moveKey({ sourceProviderAddress, sourceTypeName: source, json: sourceState?.json })
      return { targetState: moved.state, diagnostics: moved.diagnostics }
    },
    UpgradeResourceState: async ({ typeName, version, rawState }) =>
      guarded<Response<'UpgradeResourceState'>>(
        async () => ({ upgradedState: upgraded(kindOf(typeName), version, rawState?.json) }),
        {},
      ),
    ReadResource: async ({ typeName, currentState, private: bytes }) => {
      const state = objectOf(currentState)
      if (!state) return { newState: null }
      return await guarded<Response<'ReadResource'>>(
        async () => {
          const read = await busy(bustle, () => readKey(world(), kindOf(typeName), { state, bytes }))
          return {
            newState: read.state,
            private: read.kept ? keptBytes(read.kept) : bytes,
            diagnostics: read.diagnostics,
          }
        },
        { newState: state, private: bytes },
      )
    },
    PlanResourceChange: async ({ typeName, priorState, proposedNewState, config, priorPrivate }) => {
      const prior = objectOf(priorState)
      return await guarded<Response<'PlanResourceChange'>>(
        async () => {
          const kept = prior ? keptIn(world(), kindOf(typeName), { state: prior, bytes: priorPrivate }) : null
          const block = objectOf(config)
          const destroys = objectOf(proposedNewState) === null || block === null
          const planned = destroys
            ? planDestroy(prior ?? {}, kept)
            : await busy(bustle, () => planKey(world(), kindOf(typeName), { prior, config: block, kept }))
          const unclaimed = await unclaimedSaid(world(), kindOf(typeName), bustle)
          return {
            plannedState: planned.state,
            plannedPrivate: planned.kept ? keptBytes(planned.kept) : priorPrivate,
            diagnostics: [...planned.diagnostics, ...unclaimed],
          }
        },
        { plannedState: proposedNewState, plannedPrivate: priorPrivate },
      )
    },
    ApplyResourceChange: async ({ typeName, priorState, plannedState, config, plannedPrivate }, { stopping }) => {
      const prior = objectOf(priorState)
      const planned = objectOf(plannedState)
      return await guarded<Response<'ApplyResourceChange'>>(
        async () => {
          const kind = kindOf(typeName)
          const kept = prior ? keptIn(world(), kind, { state: prior, bytes: plannedPrivate }) : null
          const applied = planned
            ? await applyKey(world(), kind, { prior, planned, config: objectOf(config) ?? {}, kept, signal: stopping })
            : await destroyKey(world(), kind, { prior: prior ?? {}, kept, signal: stopping })
          return {
            newState: applied.state,
            private: applied.kept ? keptBytes(applied.kept) : plannedPrivate,
            diagnostics: applied.diagnostics,
          }
        },
        { newState: priorState, private: plannedPrivate },
      )
    },
  }
}

/** Codes about the environment of a run. */
const OF_RUN: ReadonlySet<string> = new Set(['CONFIG_HOST_NOT_ALLOWED', 'CONFIG_EXEC_NOT_ALLOWED'])

function kindOf(typeName: string): TerraformKind {
  const kind = KINDS[typeName]
  if (kind === undefined) throw new RangeError(`there is no resource ${typeName}`)
  return kind
}

function errors(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error')
}

/** A failure of the world becomes a diagnostic here, and leaves everything as it was. */
async function guarded<R extends object>(work: () => Promise<R>, otherwise: R): Promise<R> {
  try {
    return await work()
  } catch (error) {
    return { ...otherwise, diagnostics: [failure(error)] }
  }
}
