/** Keys of a stack that no state claims, before and after they are ended. */
import { display, displayName } from '../../core/display.ts'
import type { Orphan } from '../../core/orphans.ts'
import type { Look } from '../shell/command.ts'
import { document } from './json.ts'
import { block, counted } from './text.ts'
import { day } from './words.ts'

export interface OrphansView {
  readonly stack: string
  readonly orphans: readonly Orphan[]
  /** `null` before anything was done. */
  readonly burned: readonly Orphan[] | null
}

export function renderOrphans({ stack, orphans, burned }: OrphansView, look: Look): string {
  if (look.format === 'json')
    return document('orphans', { stack, orphans: orphans.map(plain), burned: (burned ?? []).map(({ key }) => key.id) })
  if (burned) return block([`${counted(burned.length, 'key')} of ${display(stack)} deleted.`], look.columns)
  if (orphans.length === 0)
    return block([`No key of ${display(stack)} is without a state that claims it.`], look.columns)
  const head = `${counted(orphans.length, 'key')} of ${display(stack)} that no state claims:`
  return block([head, ...orphans.map(line)], look.columns)
}

function line({ key, address, n, used }: Orphan): string {
  const facts = [
    `since ${day(key.createdAt)}`,
    ...(used ? ['was used'] : []),
    ...(key.fields.disabled === true ? ['disabled'] : []),
  ]
  return `  ${displayName(address, { max: 60 })} #${n}  ${display(key.id, { max: 14 })}  ${facts.join(', ')}`
}

function plain({ key, address, n, used }: Orphan) {
  return { id: key.id, address, n, createdAt: key.createdAt, used }
}
