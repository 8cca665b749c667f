/** What each kind of key API can do with a live key, as far as the machine has to know. */
import type { ProviderKind } from './key.ts'

export interface Abilities {
  /** Fields and name change in place. Without it every change that matters is a rotation, and a new name waits for the next one. */
  readonly update: boolean
  /** A key can be switched off and on again. Without it there is no hold: an old key is deleted when its grace is over. */
  readonly disable: boolean
  /** Keys spend money, up to a limit. Without it they have none and cost nothing. */
  readonly spend: boolean
  /** The API offers a rotation of its own (`rotation.native`). */
  readonly rotate: boolean
}

const ABILITIES: Readonly<Record<ProviderKind, Abilities>> = {
  openrouter: { update: true, disable: true, spend: true, rotate: false },
  strait: { update: false, disable: false, spend: false, rotate: true },
  memory: { update: true, disable: true, spend: true, rotate: false },
}

export function abilitiesOf(kind: ProviderKind): Abilities {
  return ABILITIES[kind]
}
