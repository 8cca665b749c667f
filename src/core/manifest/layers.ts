/**
 * Layers of an entry, and what comes out of them.
 *
 *   defaults of the file  <  profile (like:)  <  the entry  <  its forEach row  <  patch of the environment
 *
 * Later layers win. Mappings (`rotation`, `removal`, `labels`) come together member by member, lists replace, and `unset` drops
 * what earlier layers said. Built-in defaults fill what is left. Every value keeps the place it was written at.
 */
import type { Origin } from '../key.ts'
import type { Spot } from './complaint.ts'
import { ENTRY_FIELDS, MAPS } from './fields.ts'
import { isMapping, type Mapping, type SourceDocument, sequenceAt } from './source.ts'

export interface Layer {
  readonly document: SourceDocument
  readonly fields: Mapping
  /** Only these members count; absent means all an entry takes. For forEach rows, which may hold other values as well. */
  readonly only?: ReadonlySet<string>
}

export interface Written extends Spot {
  readonly value: unknown
}

/** Values by path: `limit`, `rotation.every`, `labels.team`. */
export type Slots = Map<string, Written>

const KNOWN: ReadonlySet<string> = new Set(ENTRY_FIELDS)

export function merged(layers: readonly Layer[]): Slots {
  const slots: Slots = new Map()
  for (const layer of layers) {
    for (const name of sequenceAt(layer.fields, 'unset')) if (typeof name === 'string') drop(slots, name)
    for (const name of Object.keys(layer.fields)) {
      if (KNOWN.has(name) && (layer.only === undefined || layer.only.has(name))) put(slots, layer, name)
    }
  }
  slots.delete('unset')
  return slots
}

function put(slots: Slots, { document, fields }: Layer, name: string): void {
  const value = fields[name]
  if (name === 'rotation' && value === 'manual') {
    slots.set('rotation.every', { document, container: fields, member: name, value })
    return
  }
  if (!MAPS.includes(name) || !isMapping(value)) {
    slots.set(name, { document, container: fields, member: name, value })
    return
  }
  for (const inner of Object.keys(value)) {
    slots.set(`${name}.${inner}`, { document, container: value, member: inner, value: value[inner] })
  }
}

function drop(slots: Slots, name: string): void {
  for (const path of slots.keys()) if (path === name || path.startsWith(`${name}.`)) slots.delete(path)
}

/** Where each value was written. Costs a position per value: call it when somebody wants to see them. */
export function originsOf(slots: Slots): Readonly<Record<string, Origin>> {
  const origins: Record<string, Origin> = {}
  for (const [path, { document, container, member }] of slots) origins[path] = document.origin(container, member)
  return origins
}
