/** `after`: what a key asks for once its new secret is everywhere. */
import type { Config } from '../config/config.ts'
import { matchesGlob } from '../glob.ts'
import { HOOK_KINDS, type Hook, type HookKind, hookOf, isHookKind, subjectOf } from '../hook-kinds.ts'
import { didYouMean, listed } from '../suggest.ts'
import type { Spot } from './complaint.ts'
import { complain, type Entry, read } from './entry.ts'
import { shown } from './looks-secret.ts'
import { isMapping, isSequence, type Mapping } from './source.ts'
import { fill } from './words.ts'

/** Empty when none is written, and when one is wrong. */
export function hooksOf(entry: Entry, config: Config): readonly Hook[] {
  const found = read(entry, 'after')
  if (typeof found === 'string' || !isSequence(found.value)) return []
  const list = found.value
  const { document } = found.slot
  const hooks = list.flatMap((item, i) => {
    const spot = { document, container: list, member: i }
    return isMapping(item) && !entry.faults.in(item) ? hookIn({ entry, spot, item, config }) : []
  })
  const twice = hooks.findIndex((hook, i) => hooks.some((other, j) => j < i && other.identity === hook.identity))
  if (twice < 0) return hooks
  const message = `"${entry.id}" asks for ${hooks[twice]?.text ?? ''} twice.`
  complain(entry, found.slot, { code: 'MANIFEST_HOOK_INVALID', message, hint: 'remove one of them' })
  return []
}

interface Written {
  readonly entry: Entry
  readonly spot: Spot
  readonly item: Mapping
  readonly config: Config
}

function hookIn(written: Written): readonly Hook[] {
  const { entry, spot, item, config } = written
  const { kind } = item
  if (!isHookKind(kind)) {
    const kinds = Object.keys(HOOK_KINDS)
    const near = typeof kind === 'string' ? didYouMean(kind, kinds) : ''
    const message = `A hook has one of the kinds ${listed(kinds)}; here is ${shown(kind)}.${near}`
    return wrong(written, 'kind', message, `kind: ${kinds[1]}`)
  }
  const at = membersOf(written, kind)
  const sink = sinkOf(written, kind)
  if (at === null || sink === null) return []
  const hook = hookOf(kind, sink, at)
  const subject = subjectOf(hook)
  const { allow } = config.sinks.get(sink) ?? {}
  if (allow === undefined || subject === null || allow.some((glob) => matchesGlob(glob, subject))) return [hook]
  const hint = `add it to sinks.${sink}.allow in keywright.yaml: ${JSON.stringify(subject)}`
  complain(entry, spot, { code: 'MANIFEST_HOOK_INVALID', message: `The sink ${sink} does not allow ${subject}.`, hint })
  return []
}

function membersOf(written: Written, kind: HookKind): Readonly<Record<string, string>> | null {
  const { entry, item } = written
  const rows = HOOK_KINDS[kind].members
  const known = ['kind', 'sink', ...rows.map(({ member }) => member)]
  const at: Record<string, string> = {}
  let isWhole = true
  const say = (member: string, message: string, hint: string): void => {
    wrong(written, member, message, hint)
    isWhole = false
  }
  for (const member of Object.keys(item))
    if (!known.includes(member))
      say(member, `A hook of kind ${kind} takes no "${member}".${didYouMean(member, known)}`, listed(known.slice(2)))
  for (const { member, required, pattern, wrong: must, example } of rows) {
    const filled = item[member] === undefined ? null : fill(item[member], entry.words)
    if (filled === null && required) say('kind', `A hook of kind ${kind} needs a ${member}.`, `${member}: ${example}`)
    if (filled === null) continue
    if ('wrong' in filled) {
      const spot = { document: written.spot.document, container: item, member }
      complain(entry, spot, { code: 'MANIFEST_WORD_UNKNOWN', message: filled.wrong, hint: filled.hint })
      isWhole = false
    } else if (typeof filled.value === 'string' && new RegExp(pattern, 'u').test(filled.value))
      at[member] = filled.value
    else say(member, `"${member}" ${must}.`, `${member}: ${example}`)
  }
  return isWhole ? at : null
}

/** The one that is named, or the only one of its kind. */
function sinkOf(written: Written, kind: HookKind): string | null {
  const { item, config } = written
  const { through } = HOOK_KINDS[kind]
  const fit = [...config.sinks].flatMap(([name, sink]) => (sink.kind === through ? [name] : []))
  const { sink = fit.length === 1 ? fit[0] : undefined } = item
  if (typeof sink === 'string' && fit.includes(sink)) return sink
  // A sink that is wrong itself has been reported.
  if (typeof sink === 'string' && config.known.sinks.includes(sink) && !config.sinks.has(sink)) return null
  const names = fit.length === 0 ? `keywright.yaml has none` : `keywright.yaml has ${listed(fit)}`
  const message = `A hook of kind ${kind} goes through a sink of kind ${through}, and ${names}.`
  const hint = fit.length === 0 ? `sinks: { NAME: { kind: ${through} } }   in keywright.yaml` : `sink: ${fit[0]}`
  wrong(written, item.sink === undefined ? 'kind' : 'sink', message, hint)
  return null
}

function wrong({ entry, spot, item }: Written, member: string, message: string, hint: string): readonly Hook[] {
  const at = Object.hasOwn(item, member) ? { document: spot.document, container: item, member } : spot
  complain(entry, at, { code: 'MANIFEST_HOOK_INVALID', message, hint })
  return []
}
