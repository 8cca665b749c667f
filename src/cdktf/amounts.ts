/** Money and time in props: said with a unit, so that no number is taken for another one. */

export interface Usd {
  readonly usd: number
}

/** Takes the spending cap away. */
export const unlimited = 'unlimited'
export type Limit = Usd | typeof unlimited

/** Throws RangeError for anything but a finite number from 0 up. */
export function usd(amount: number): Usd {
  if (!Number.isFinite(amount) || amount < 0) throw new RangeError(`usd(${amount}): write dollars, from 0 up`)
  return { usd: amount }
}

/** As in manifests: `90s`, `15m`, `24h`, `30d`, `2w`. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd' | 'w'}`

export const hours = (count: number): Duration => `${count}h`
export const days = (count: number): Duration => `${count}d`
