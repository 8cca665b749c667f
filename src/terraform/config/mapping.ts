/** From values of HCL to the members of a manifest: renamed, nulls left out, unknown values set aside. */
import { camel } from '../names.ts'
import type { Path } from '../server/diagnostic.ts'
import { isList, isMap, isUnknown, type Value, type ValueMap } from '../values/value.ts'
import type { Sheet } from './document.ts'

export interface Written {
  /** Names of the block whose value, or a part of it, is not known yet. */
  readonly unknown: Set<string>
  readonly sheet: Sheet
}

/** Data of one value. `undefined` when it is null, or nothing of it is known. */
export function dataOf(value: Value, path: Path, written: Written): unknown {
  if (isUnknown(value)) {
    written.unknown.add(String(path[0] ?? ''))
    return undefined
  }
  if (value === null) return undefined
  if (isList(value)) return listOf(value, path, written)
  return isMap(value) ? mappingOf(value, path, { ...written, name: camel }) : value
}

function listOf(values: readonly Value[], path: Path, written: Written): unknown[] {
  const list: unknown[] = []
  for (const [i, value] of values.entries()) {
    const data = dataOf(value, [...path, i], written)
    if (data === undefined) continue
    written.sheet.mark(list, list.length, [...path, i])
    list.push(data)
  }
  return list
}

export interface Naming {
  readonly name: (member: string) => string | null
  /** The object is a map, whose members are keys and no attributes. */
  readonly keys?: boolean
}

/** Members of an object under the names that `name` gives them; `null` leaves one out. */
export function mappingOf(
  object: ValueMap,
  path: Path,
  { name, keys = false, ...written }: Written & Naming,
): Record<string, unknown> {
  const mapping: Record<string, unknown> = {}
  for (const [member, value] of Object.entries(object)) {
    const as = name(member)
    if (as === null) continue
    const at: Path = [...path, keys ? { key: member } : member]
    const data = dataOf(value, at, written)
    if (data === undefined) continue
    written.sheet.mark(mapping, as, at)
    mapping[as] = data
  }
  return mapping
}
