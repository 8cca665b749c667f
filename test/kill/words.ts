/** What a human said is not forgotten, once it was written down: whoever runs next does what follows from it. */
import type { Deed, KeyRecord } from '../../src/core/record.ts'
import type { Memory } from './consumers.ts'
import type { Stack } from './stack.ts'
import type { Task } from './task.ts'

/** The API tells its time in whole seconds. */
const BLUR = 2000

/** Words of a task begun at `from` that were written down and came to nothing. */
export async function forgotten(
  stack: Stack,
  memory: Memory,
  said: Task & { readonly from: number },
): Promise<string[]> {
  const { asked = [], leaked, from } = said
  const records = await stack.records()
  const heard = (id: string, what: Deed): boolean => isWritten(records.get(`${stack.name}/${id}`), what, from)
  const ended = leaked !== undefined && heard(leaked, 'leaked') ? [leaked] : []
  const replaced = [...asked.filter((id) => heard(id, 'requested')), ...ended]
  const findings = await Promise.all([
    ...replaced.map((id) => stillHeld(stack, memory, id)),
    ...ended.map((id) => stillWorks(stack, memory, id)),
  ])
  return findings.flat()
}

function isWritten(record: KeyRecord | undefined, what: Deed, from: number): boolean {
  return record?.history?.some((line) => line.what === what && Date.parse(line.at) > from - BLUR) ?? false
}

async function stillHeld(stack: Stack, memory: Memory, id: string): Promise<string[]> {
  const { spec, secrets = new Set() } = memory.get(id) ?? {}
  const held = await Promise.all((spec?.places ?? []).map(stack.heldBy))
  return held.some((secret) => secret !== null && secrets.has(secret)) ? [`${id} was not rotated`] : []
}

async function stillWorks(stack: Stack, memory: Memory, id: string): Promise<string[]> {
  const before = memory.get(id)
  if (!before) return []
  const works = await Promise.all(
    [...before.secrets].map((secret) => stack.house.accepts(before.spec.provider, secret)),
  )
  return works.includes(true) ? [`the leaked secret of ${id} works`] : []
}
