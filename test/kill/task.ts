/** What the process is asked to do that is struck down, and the moment at which it is. */

import { pick, type Random } from '../simulation/random.ts'
import type { Memory } from './consumers.ts'
import type { KeySpec, StraitSpec } from './keys.ts'
import { drawMoment, type Moment } from './round.ts'
import { type Scene, tired } from './scene.ts'

export interface Task {
  readonly args: readonly string[]
  /** Ids whose rotation is asked for. */
  readonly asked?: readonly string[]
  /** Ids whose old secrets end at once, because somebody said so. */
  readonly hasty?: readonly string[]
  /** Id of a key that got out. Unless its successor comes first, its consumers are cut off. */
  readonly leaked?: string
  readonly cutsOff?: boolean
  /** Strait will be asked to rotate a key itself. */
  readonly isNative?: boolean
}

export const APPLY: Task = { args: ['apply', '--yes'] }

interface Choice extends Scene {
  readonly memory: Memory
  /** Ids that were there before, still are, and may be issued; at least one. */
  readonly fit: readonly string[]
}

/** Half of the time an apply of what was edited, else a human's word about keys that were there before. */
export async function drawTask(scene: Scene, memory: Memory): Promise<Task> {
  const { stack, manifest, random } = scene
  if (manifest.cast === 'spine') return APPLY
  const isNative = [...manifest.keys.values()].some((spec) => isBumped(spec, memory))
  if (random() < 0.5) return { ...APPLY, isNative }
  const spent = await tired(stack)
  const fit = [...manifest.keys.keys()].filter((id) => memory.has(id) && !spent.has(id))
  const word = pick(random, [rotate, rotate, leaked])
  return fit.length === 0 ? { ...APPLY, isNative } : word({ ...scene, memory, fit })
}

type Word = (choice: Choice) => Task

/** Up to three keys, a third of the time without grace. */
const rotate: Word = ({ manifest, memory, random, fit }) => {
  const ids = [...new Set([1, 2, 3].map(() => pick(random, fit)))]
  const isHasty = random() < 0.3
  return {
    args: ['rotate', ...ids, ...(isHasty ? ['--grace', '0'] : []), '--yes'],
    asked: ids,
    hasty: isHasty ? ids : [],
    isNative: ids.some((id) => isUnchanged(manifest.keys.get(id), memory)),
  }
}

const leaked: Word = ({ random, fit }) => {
  const id = pick(random, fit)
  const cutsOff = random() < 0.5
  return {
    args: ['leaked', id, ...(cutsOff ? [] : ['--after-replacement']), '--yes'],
    hasty: [id],
    leaked: id,
    cutsOff,
  }
}

function isBumped(spec: KeySpec, memory: Memory): boolean {
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
export function momentOf({ isNative = false }: Task, random: Random, writes: number): Moment {
  const moment = drawMoment(random, writes)
  return isNative && random() < 0.7 ? { ...moment, first: /^POST .*\/rotate$/ } : moment
}
