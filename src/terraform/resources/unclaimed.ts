/**
 * Live keys of the stack that no resource claims, said once per operation.
 *
 * Terraform never tells a provider that a walk is over, nor what is in the state as a whole. So one plan that sees such keys waits until no
 * other resource was looked at or planned for a moment, and tells what is still unclaimed. A resource that waits for another
 * one may be looked at later than that: the warning says so, and what it names ends keys only by the whole state.
 */
import { display } from '../../core/display.ts'
import type { LiveKey } from '../../core/key.ts'
import { parsedName } from '../record/sight.ts'
import { warning } from '../said.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Diagnostic } from '../server/diagnostic.ts'
import type { World } from '../world.ts'

const QUIET = 120

/** How many resources are being looked at, how often one began, and whether one of them waits for the others. */
export interface Bustle {
  running: number
  begun: number
  waits: boolean
  told: boolean
  /** Called after each look. */
  stirred: () => void
}

export function stillness(): Bustle {
  return { running: 0, begun: 0, waits: false, told: false, stirred: () => {} }
}

export async function busy<T>(bustle: Bustle, work: () => Promise<T>): Promise<T> {
  bustle.running += 1
  bustle.begun += 1
  try {
    return await work()
  } finally {
    bustle.running -= 1
    bustle.stirred()
  }
}

/** One resource waits for all, and only while there is something to tell: a walk takes no longer for their number. */
export async function unclaimedSaid(world: World, kind: TerraformKind, bustle: Bustle): Promise<readonly Diagnostic[]> {
  if (bustle.told || bustle.waits) return []
  bustle.waits = true
  try {
    const left = await leftOver(world, kind, bustle)
    if (left.length === 0) return []
    bustle.told = true
    return [toldOf(left, world.setup.config?.stack ?? '')]
  } finally {
    bustle.waits = false
  }
}

/** Whatever is still unclaimed once nothing is looked at any more. */
async function leftOver(world: World, kind: TerraformKind, bustle: Bustle): Promise<readonly LiveKey[]> {
  for (;;) {
    const left = await unclaimed(world, kind)
    const { begun } = bustle
    if (left.length === 0) return left
    const isQuiet = await pause(world, bustle, left.length)
    if (isQuiet && bustle.running === 0 && bustle.begun === begun) return unclaimed(world, kind)
  }
}

/** A moment. False when as many more were claimed before it was over: then nobody has to wait for the rest of it. */
async function pause(world: World, bustle: Bustle, left: number): Promise<boolean> {
  const enough = world.claimed.size + left
  const over = new AbortController()
  bustle.stirred = () => {
    if (world.claimed.size >= enough) over.abort()
  }
  await world.clock.sleep(QUIET, over.signal)
  bustle.stirred = () => {}
  return !over.signal.aborted
}

async function unclaimed(world: World, kind: TerraformKind): Promise<readonly LiveKey[]> {
  const stack = world.setup.config?.stack
  const seen = await world.seen(kind)
  return seen.filter((key) => {
    if (world.claimed.has(key.id)) return false
    const parsed = parsedName(key)
    return parsed !== null && !parsed.derived && parsed.marker.stack === stack
  })
}

function toldOf(left: readonly LiveKey[], stack: string): Diagnostic {
  const names = left.slice(0, 5).map(({ name }) => display(name))
  const more = left.length > 5 ? ` and ${left.length - 5} more` : ''
  const count = left.length === 1 ? 'A live key carries' : `${left.length} live keys carry`
  const message = `${count} the marker of ${stack}, and no resource that was looked at so far claims ${left.length === 1 ? 'it' : 'them'}: ${names.join(', ')}${more}.`
  const hint = `terraform state pull > state.json, then: keywright census --burn-orphans ${stack} --state state.json`
  return warning('TERRAFORM_UNCLAIMED', message, hint)
}
