/** Manifests say `limitReset`, Terraform says `limit_reset`: one rule, both ways. */
import { ATTRIBUTES } from '../core/attributes.ts'

const MOST_NAMES = 500

export const snake = remembered((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))

export const camel = remembered((name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))

/** Asked for the same few names with every resource; other words are not kept. */
function remembered(change: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    const found = known.get(name)
    if (found !== undefined) return found
    const changed = change(name)
    if (known.size < MOST_NAMES) known.set(name, changed)
    return changed
  }
}

/** Names of the manifest language that read otherwise in Terraform, longest first. */
const SPELLED: readonly string[] = [
  ...ATTRIBUTES.map(({ name }) => name),
  ...['deliverTo', 'expiresIn', 'workspaceId', 'baseUrl', 'writesPerDay', 'caFile', 'roleId', 'secretId'],
]
  .filter((name) => snake(name) !== name)
  .sort((a, b) => b.length - a.length)

const ANY = new RegExp(`\\b(?:${SPELLED.join('|')})\\b`, 'g')

/** A sentence about a manifest, for somebody who wrote HCL. */
export function spelled(text: string): string {
  return text.replace(ANY, snake).replaceAll('keywright.yaml', 'the provider block')
}

/** A line to type, `limit: 50` in manifests, as an argument of HCL. Words become texts; anything longer is left as it is. */
export function typed(hint: string): string {
  return hint
    .split(/( {3})/)
    .map((part) =>
      spelled(part).replace(/^(\w+): (.+)$/, (_, name: string, value: string) => `${name} = ${worded(value)}`),
    )
    .join('')
}

function worded(value: string): string {
  if (value === 'unlimited') return 'null, with unlimited = true'
  if (/^(?:true|false|-?\d+(?:\.\d+)?|["[{].*)$/.test(value)) return value.replace(/([{,] ?)(\w+): /g, '$1$2 = ')
  return /^[\w.:/+-]+$/.test(value) ? JSON.stringify(value) : value
}
