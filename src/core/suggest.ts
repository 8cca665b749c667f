import { nearest } from './nearest.ts'

/** Words longer than this are never typing mistakes, and comparing them would be slow. */
const LONGEST = 60
/** Shorter words are near to everything. */
const SHORTEST = 3

/** The known word that was probably meant, or `null`. */
export function nearestWord(word: string, known: Iterable<string>): string | null {
  const near = word.length > LONGEST || word.length < SHORTEST ? null : nearest(word, known)
  return near === word ? null : near
}

/** ` Did you mean "limit"?` with the leading space, or an empty text when nothing is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const near = nearestWord(word, known)
  return near === null ? '' : ` Did you mean "${near}"?`
}

/** `a, b and c`; `none` for an empty list; cut after `most` with the number of those left out. */
export function listed(words: Iterable<string>, most = 12): string {
  const all = [...words]
  if (all.length === 0) return 'none'
  if (all.length > most) return `${all.slice(0, most).join(', ')} and ${all.length - most} more`
  return all.length === 1 ? `${all[0]}` : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
}
