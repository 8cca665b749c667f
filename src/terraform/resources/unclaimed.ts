/**
 * Live keys of the stack that no resource claims, said once per operation.
 *
 * Terraform never tells a provider that a walk is over, nor what is in the state as a whole. So a plan that sees such keys waits a moment;
 * if no other resource is looked at or planned meanwhile, whatever is still unclaimed is told with it. A resource that waits for another
 * one may be looked at later than that: the warning says so, and what it names ends keys only by the whole state.
 */
import { parseName } from '../../core/address.ts'
import { display } from '../../core/display.ts'
import type { LiveKey } from '../../core/key.ts'
import { warning } from '../said.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Diagnostic } from '../server/diagnostic.ts'
import type { World } from '../world.ts'

const QUIET = 120

/** How many resources are being looked at, and how often one began. */
export interface Bustle {
  running: number
  begun: number
  told: boolean
}

export function stillness(): Bustle {
  return { running: 0, begun: 0, told: false }
}

export async function busy<T>(bustle: Bustle, work: () => Promise<T>): Promise<T> {
  bustle.running += 1
  bustle.begun += 1
  try {
    return await work()
  } finally {
    bustle.running -= 1
  }
}

/** Waits only where there is something to tell. */
export async function unclaimedSaid(world: World, kind: TerraformKind, bustle: Bustle): Promise<readonly Diagnostic[]> {
  if (bustle.told || (await unclaimed(world, kind)).length === 0) return []
  const { begun } = bustle
  await world.clock.sleep(QUIET)
  if (bustle.told || bustle.running > 0 || bustle.begun !== begun) return []
  const left = await unclaimed(world, kind)
  if (left.length === 0) return []
  bustle.told = true
  return [toldOf(left, world.setup.config?.stack ?? '')]
}

async function unclaimed(world: World, kind: TerraformKind): Promise<readonly LiveKey[]> {
  const stack = world.setup.config?.stack
  const seen = await world.seen(kind)
  return seen.filter(({ id, name }) => {
    const parsed = name.includes('[kw:') ? parseName(name) : null
    return parsed !== null && !parsed.derived && parsed.marker.stack === stack && !world.claimed.has(id)
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
