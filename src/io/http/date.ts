/** Milliseconds of an HTTP date (`Sun, 06 Nov 1994 08:49:37 GMT`), `null` when unreadable. */
export function parseHttpDate(text: string | null): number | null {
  const millis = text === null || !/^[A-Z][a-z]{2,8}, /.test(text) ? Number.NaN : Date.parse(text)
  return Number.isNaN(millis) ? null : millis
}

/** One answer that carried a `Date` header, by our own clock. */
export interface DateSighting {
  readonly date: string | null
  readonly sentAt: number
  readonly receivedAt: number
}

/**
 * Clock of the other side minus ours, in milliseconds. The header has whole seconds, so the true instant lies in [date, date + 1 s) and was
 * read between sending and receiving: that is a window of skews. Zero when it contains zero or there is no date, else its middle.
 */
export function skewOf({ date, sentAt, receivedAt }: DateSighting): number {
  const theirs = parseHttpDate(date)
  if (theirs === null) return 0
  if (theirs - receivedAt <= 0 && theirs + 1000 - sentAt >= 0) return 0
  return Math.round(theirs + 500 - (sentAt + receivedAt) / 2)
}
