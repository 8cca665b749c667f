/** One stack and its manifest, and how time goes by between two rounds. */
import { pick, type Random } from '../simulation/random.ts'
import { edit, type Manifest } from './manifest.ts'
import type { Stack } from './stack.ts'

export interface Scene {
  readonly stack: Stack
  readonly manifest: Manifest
  readonly random: Random
}

const HOUR = 3_600_000

/** Grace and hold end, keys come of age; never so long that one expires with nothing running. */
const LEAPS = [0, 2 * HOUR, 25 * HOUR, 25 * HOUR, 8 * 24 * HOUR] as const

/** Time passes where keys rotate, and the manifest is edited. */
export async function moveOn({ stack, manifest, random }: Scene): Promise<void> {
  if (manifest.cast === 'rotation') await stack.house.time.jump(pick(random, LEAPS))
  const spent = await tired(stack)
  edit(manifest, random, spent)
  if (manifest.cast === 'rotation' && random() < 0.5) nudge(manifest, spent)
}

/** Sometimes nobody runs anything for a while after a blow. True when grace may be over by then. */
export async function mayBeLate({ stack, manifest, random }: Scene): Promise<boolean> {
  const millis = manifest.cast === 'rotation' ? pick(random, [0, 0, 0, ...LEAPS]) : 0
  await stack.house.time.jump(millis)
  return millis > 0
}

/** The first natively rotated key is due. */
function nudge({ keys }: Manifest, spent: ReadonlySet<string>): void {
  const key = [...keys.values()].find((spec) => spec.provider === 'strait' && spec.native && !spent.has(spec.id))
  if (key) keys.set(key.id, { ...key, serial: key.serial + 1 })
}

const MANY = 1

/** Ids that were issued so often that another issue could have to wait. */
export async function tired({ records, name, house }: Stack): Promise<ReadonlySet<string>> {
  const isToday = (when: string): boolean => Date.parse(when) > house.time.now() - 24 * HOUR
  const often = [...(await records()).values()].filter(
    ({ issuedAt, generations }) => Math.max(issuedAt.filter(isToday).length, generations.length) > MANY,
  )
  return new Set(often.map(({ address }) => address.slice(name.length + 1)))
}
