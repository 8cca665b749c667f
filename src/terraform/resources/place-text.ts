/** The text form of a place as the object that `deliver_to` takes now. */
import { deliverToAttribute } from '../schema/sinks.ts'
import { isNested } from '../server/schema.ts'
import type { Value } from '../values/value.ts'

/** `vault:ci/openrouter#api_key`, `file:bot`, `dotenv:NAME`: a text without path and field is a name. */
export function resolveText(text: string): Value {
  const colon = text.indexOf(':')
  const [sink, rest] = [text.slice(0, colon), text.slice(colon + 1)]
  const hash = rest.indexOf('#')
  if (hash < 0 && /^[A-Z_][A-Z0-9_]*$/.test(rest)) return { ...BLANK, sink, name: rest }
  return hash < 0
    ? { ...BLANK, sink, path: rest }
    : { ...BLANK, sink, path: rest.slice(0, hash), field: rest.slice(hash + 1) }
}

const BLANK: Readonly<Record<string, Value>> = blank()

function blank(): Record<string, Value> {
  const { type } = deliverToAttribute()
  return isNested(type) ? Object.fromEntries(type.attributes.map(({ name }) => [name, null])) : {}
}
