/** What the process is asked to do that is struck down, and the moment at which it is. */
import { pick, type Random } from '../simulation/random.ts'
import type { Memory } from './consumers.ts'
import type { KeySpec, StraitSpec } from './keys.ts'
import { drawMoment, type Moment } from './round.ts'
import { type Scene, tired } from './scene.ts'

export interface Task {
  readonly args: readonly string[]
  /** Ids whose old secrets end at once, because somebody said so. */
  readonly hasty: ReadonlySet<string>
  /** Strait will be asked to rotate a key itself. */
  readonly isNative: boolean
}

export const APPLY: Task = { args: ['apply', '--yes'], hasty: new Set(), isNative: false }

/** Some rotations are asked for by a human: of up to three keys that were there before, a third of them without grace. */
export async function drawTask({ stack, manifest, random }: Scene, memory: Memory): Promise<Task> {
  if (manifest.cast === 'spine') return APPLY
  if (random() < 0.5) return { ...APPLY, isNative: [...manifest.keys.values()].some((spec) => isNative(spec, memory)) }
  const spent = await tired(stack)
  const fit = [...manifest.keys.keys()].filter((id) => memory.has(id) && !spent.has(id))
  if (fit.length === 0) return APPLY
  const ids = [...new Set([1, 2, 3].map(() => pick(random, fit)))]
  const isHasty = random() < 0.3
  return {
    args: ['rotate', ...ids, ...(isHasty ? ['--grace', '0'] : []), '--yes'],
    hasty: new Set(isHasty ? ids : []),
    isNative: ids.some((id) => isUnchanged(manifest.keys.get(id), memory)),
  }
}

function isNative(spec: KeySpec, memory: Memory): boolean {
  return isUnchanged(spec, memory) && memory.get(spec.id)?.spec.serial !== spec.serial
}

/** A key of Strait that is rotated natively, if at all: nothing that is fixed at birth is different. */
function isUnchanged(spec: KeySpec | undefined, memory: Memory): boolean {
  const before = spec ? memory.get(spec.id)?.spec : undefined
  if (spec?.provider !== 'strait' || before?.provider !== 'strait' || !spec.native) return false
  const fixed = ({ scopes, environmentId, expiresIn }: StraitSpec): string =>
    JSON.stringify([scopes, environmentId, expiresIn])
  return fixed(spec) === fixed(before)
}

/** A rotation by Strait itself cannot be repeated, so it is aimed at. */
export function momentOf({ isNative }: Task, random: Random, writes: number): Moment {
  const moment = drawMoment(random, writes)
  return isNative && random() < 0.7 ? { ...moment, first: /^POST .*\/rotate$/ } : moment
}
