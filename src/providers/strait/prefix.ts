import type { Secret } from '../../core/secret.ts'

/** Strait shows the first twelve characters of a secret: `strait_` and five hex digits (server source of 2026-07-06). */
const SHOWN = 12

/**
 * Whether a secret begins as `label` says. Five hex digits are 20 bits: two keys of a project of 1,000 share a prefix in about two projects
 * of five, so this can only rule a key out.
 */
export function beginsAs(secret: Secret, label: string): boolean {
  return label.length >= SHOWN && secret.expose().startsWith(label)
}

/** Whether it is a key of Strait at all, and not its internal secret or a token of something else. */
export function isStraitKey(secret: Secret): boolean {
  return /^strait_\w+$/.test(secret.expose())
}
