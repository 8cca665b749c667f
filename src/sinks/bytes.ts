/**
 * The exact bytes of a place. Everything that must look at a secret to render, recognise or compare it is here, so that the
 * engine, which gets these functions through its context, only ever passes `Secret`s along.
 */

import { Secret } from '../core/secret.ts'
import { fillFrame, frame, secretInFrame, type TemplateValues } from '../core/template.ts'
import { fingerprintOf } from '../io/digest.ts'

export interface Rendered {
  readonly bytes: Secret
  readonly fingerprint: string
}

/** What a place shall hold. Throws `RangeError` for a template with problems. */
export function renderPlace(secret: Secret, template: string | undefined, values: TemplateValues): Rendered {
  const bytes = template === undefined ? secret : Secret.of(fillFrame(frame(template, values), secret.expose()))
  return { bytes, fingerprint: fingerprint(bytes) }
}

/** The secret inside the bytes of a place, or `null` when they were not rendered from this template and these values. */
export function extractSecret(bytes: Secret, template: string | undefined, values: TemplateValues): Secret | null {
  const found = secretInFrame(frame(template, values), bytes.expose())
  return found === null ? null : Secret.of(found)
}

/** True for what fits into a header: one word of visible ASCII. */
export function isHeaderText(bytes: Secret): boolean {
  return /^[\x21-\x7e]+$/.test(bytes.expose())
}

/** `sha256:` + hex of the exact bytes (UTF-8). */
export function fingerprint(bytes: Secret): string {
  return fingerprintOf(bytes.expose())
}
