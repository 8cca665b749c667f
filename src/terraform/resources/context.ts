/** What a write gets: the engine's own context, over the record of one resource. */
import type { DesiredKey } from '../../core/key.ts'
import { decide } from '../../core/machine/next-step.ts'
import { type Decision, REST } from '../../core/machine/step.ts'
import { type Actor, activeOf, type KeyRecord } from '../../core/record.ts'
import type { WriteContext } from '../../engine/context.ts'
import { extractSecret, renderPlace } from '../../sinks/bytes.ts'
import type { Allowed } from '../record/kept.ts'
import { LEASE, pocket } from '../record/pocket.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { World } from '../world.ts'

export interface Writing {
  readonly world: World
  readonly kind: TerraformKind
  readonly record: KeyRecord
  readonly allowed: Allowed
  /** Generation that others delivered: it is not rotated merely because a place lacks it. */
  readonly adopted: number | undefined
  readonly signal: AbortSignal
  /** Hears the fingerprint of every secret that is rendered, by generation. */
  readonly onSecret: (n: number, fingerprint: string) => void
}

export function writeContext(writing: Writing): WriteContext {
  const { world, kind, record, signal, onSecret } = writing
  const { clock } = world
  return {
    stack: world.setup.config?.stack ?? '',
    store: pocket(record),
    lease: LEASE,
    clock,
    api: () => world.api(kind),
    sink: world.sink,
    bytes: {
      render: (secret, template, values) => {
        onSecret(values.generation, renderPlace(secret, undefined, values).fingerprint)
        return renderPlace(secret, template, values)
      },
      extract: extractSecret,
    },
    reporter: { event: () => undefined },
    decide: (desired, now, sight) => permitted(decide(desired, now, sight), writing, { desired, record: now }),
    actor: actorOf(world),
    signal,
    parallelism: 1,
  }
}

interface Case {
  readonly desired: DesiredKey | null
  readonly record: KeyRecord
}

/** The planned decision and no other: what became due since then waits for the next plan. */
function permitted(decision: Decision, { allowed, adopted }: Writing, { desired, record }: Case): Decision {
  if (decision.do === 'issue' && (!allowed.issue || onlyForPlace(decision, record, adopted))) return REST
  const retires = (decision.do === 'disable' || decision.do === 'remove') && decision.why === 'retired'
  return retires && desired !== null && !allowed.retire ? REST : decision
}

/** A place that lacks the secret of a key that others delivered gets the next one. */
function onlyForPlace({ reasons }: Issue, record: KeyRecord, adopted: number | undefined): boolean {
  return activeOf(record)?.n === adopted && reasons.every(({ kind }) => kind === 'place')
}

type Issue = Extract<Decision, { readonly do: 'issue' }>

function actorOf({ env }: World): Actor {
  const run = env.GITHUB_RUN_ID === undefined ? env.TFC_RUN_ID : env.GITHUB_RUN_ID
  return { who: `terraform${run === undefined ? '' : ` run ${run}`}` }
}
