/** The accounts of one history: one that reads like OpenRouter, and, in a long life, one that reads like Strait. */
import { parseName } from '../../src/core/address.ts'
import type { LiveKey } from '../../src/core/key.ts'
import type { MemoryWorld as Account } from '../../src/providers/memory.ts'
import type { Scene } from './scene.ts'

export function accountsOf({ account, life }: Scene): readonly Account[] {
  return life ? [account, life.strait] : [account]
}

export function keysOf(scene: Scene): readonly LiveKey[] {
  return accountsOf(scene).flatMap((account) => account.keys())
}

/** The account that has, or had, the key. */
export function accountOf(scene: Scene, id: string): Account {
  return accountsOf(scene).find((account) => account.secretOf(id) !== null) ?? scene.account
}

export function keyOf(scene: Scene, id: string): LiveKey | null {
  return accountOf(scene, id).key(id)
}

export function secretOf(scene: Scene, id: string): string | undefined {
  return accountOf(scene, id).secretOf(id)?.expose()
}

/** The live key that a text is the secret of, or `null`. */
export function keyByText(scene: Scene, text: string): LiveKey | null {
  const known = scene.life?.ids.get(text)
  if (known !== undefined) return keyOf(scene, known)
  return keysOf(scene).find((key) => secretOf(scene, key.id) === text) ?? null
}

/** Somebody's key carries the marker of this address: it is stopped, and rightly so. */
export function isTaken(scene: Scene, id: string | undefined): boolean {
  return [...scene.copies].some((copy) => {
    const parsed = parseName(keyOf(scene, copy)?.name ?? '')
    return parsed !== null && !parsed.derived && parsed.marker.id === id
  })
}
