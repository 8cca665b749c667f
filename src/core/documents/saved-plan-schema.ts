/** The file of `plan --out`. */

import { canonical, type Json } from '../canonical.ts'
import { KeywrightError } from '../diagnostic.ts'
import type { SavedPlan, Sealed } from '../sealed.ts'
import { misfit, type Schema } from './conforms.ts'
import { CHANGE, USD } from './plan-schema.ts'
import { FINGERPRINT, FLAG, INSTANT, list, orNull, shape, shapeOf, TEXT } from './shapes.ts'

const SEALED = shapeOf<Sealed>()({ address: TEXT, seal: FINGERPRINT, entry: orNull(TEXT), change: CHANGE }, {})

export const SAVED_PLAN: Schema = shapeOf<SavedPlan>()(
  {
    schemaVersion: { const: 1 },
    kind: { const: 'saved-plan' },
    stack: TEXT,
    environment: orNull(TEXT),
    at: INSTANT,
    due: FLAG,
    spend: shape({ before: USD, after: USD }),
    sealed: list(SEALED),
    digest: FINGERPRINT,
  },
  {},
  'What was decided, sealed per address, for keywright apply FILE. Holds no secret.',
)

/** Canonical: equal plans are equal files. */
export function encodePlan(plan: SavedPlan): string {
  return `${canonical(JSON.parse(JSON.stringify(plan)) as Json)}\n`
}

/** True for a text that means to be a saved plan, sound or not. */
export function isSavedPlan(text: string): boolean {
  return /^\s*\{/.test(text) && /"kind"\s*:\s*"saved-plan"/.test(text)
}

/** Throws `PLAN_INVALID` for anything else than a sound saved plan of this version. */
export function decodePlan(text: string): SavedPlan {
  const data = parsed(text)
  const wrong = data === undefined ? 'the file is not JSON' : misfit(data, SAVED_PLAN)
  if (wrong !== null)
    throw new KeywrightError('PLAN_INVALID', {
      message: `This is no saved plan that keywright can apply: ${wrong}.`,
      hint: 'keywright plan --out plan.json   writes a new one',
    })
  return data as SavedPlan
}

/** JSON without the one name that means something else to objects. */
function parsed(text: string): unknown {
  try {
    const data: unknown = JSON.parse(text, (name, value: unknown) => (name === '__proto__' ? undefined : value))
    return data
  } catch {
    return undefined
  }
}
