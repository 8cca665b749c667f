/** What a rollback could put back, place by place. */
import { display } from '../../core/display.ts'
import { activeOf, type KeyRecord } from '../../core/record.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { paragraph } from './text.ts'

export interface TurnedBack {
  readonly address: string
  readonly n: number
  /** Generation in service now. */
  readonly serving: number | null
  readonly places: readonly {
    readonly text: string
    readonly restored: boolean
    /** Generation it holds. */
    readonly n: number
    /** Why it was not restored; `null` when that is still open. */
    readonly why: string | null
  }[]
}

/** Empty for a record without a pin. */
export function turnedBack(record: KeyRecord): readonly TurnedBack[] {
  const { pinned, places, address } = record
  if (!pinned) return []
  const shown = places.map(({ text, n, identity }) => {
    const restored = n === pinned.n
    return { text, restored, n, why: restored ? null : (pinned.notRestored[identity] ?? null) }
  })
  return [{ address, n: pinned.n, serving: activeOf(record)?.n ?? null, places: shown }]
}

export function turnedLines({ address, n, serving, places }: TurnedBack, { columns }: Look): readonly string[] {
  const id = idIn(address.slice(0, address.indexOf('/')), address)
  const beside = serving === null ? '' : ` beside #${serving}, which stays in service`
  const head = serving === n ? `#${n} is in service again.` : `#${n} works again${beside}.`
  return [
    ...paragraph(head, columns, 4),
    ...places.flatMap((place) => paragraph(`${display(place.text, { max: 300 })}: ${placeWords(place)}`, columns, 6)),
    ...paragraph(
      `Pinned to #${n}: nothing rotates it by age until a commit changes its entry, or: keywright resume ${id}`,
      columns,
      4,
    ),
  ]
}

function placeWords({ restored, n, why }: TurnedBack['places'][number]): string {
  if (restored) return 'restored'
  const holds = n === 0 ? 'holds something else' : `still holds #${n}`
  return why === null ? `${holds}; not restored yet` : `${holds}: ${why}`
}
