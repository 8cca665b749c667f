/** Which addresses a command line is about. */
import { KeywrightError } from '../../core/diagnostic.ts'
import { matchesGlob } from '../../core/glob.ts'
import type { DesiredKey } from '../../core/key.ts'
import { didYouMean } from '../../core/suggest.ts'
import type { Filter } from '../../engine/session.ts'

export interface Selection {
  readonly filter: Filter
  /** True when nothing is left out. */
  readonly all: boolean
  /** Throws `CLI_ADDRESS_UNKNOWN` for a word that matches none of these addresses. */
  check(addresses: Iterable<string>): void
}

export interface Asked {
  readonly stack: string
  /** `ID`, `STACK/ID` or a glob over either. */
  readonly words: readonly string[]
  readonly where: readonly (readonly [label: string, value: string])[]
}

export function selection({ stack, words, where }: Asked): Selection {
  const named = (address: string): boolean => words.length === 0 || words.some((word) => means(word, address, stack))
  return {
    all: words.length === 0 && where.length === 0,
    filter: ({ address, desired }) => named(address) && hasLabels(desired, where),
    check(addresses) {
      const all = [...addresses]
      const lost = words.find((word) => !all.some((address) => means(word, address, stack)))
      if (lost !== undefined) throw unknownAddress(lost, all, stack)
    },
  }
}

/** An id may itself start with the name of the stack; both readings count. */
function means(word: string, address: string, stack: string): boolean {
  return matchesGlob(word, address) || matchesGlob(`${stack}/${word}`, address)
}

/** A key that is in no manifest any more has no labels. */
function hasLabels(desired: DesiredKey | null, where: Asked['where']): boolean {
  return where.every(([label, value]) => desired?.labels[label] === value)
}

function unknownAddress(word: string, all: readonly string[], stack: string): KeywrightError {
  const ids = all.map((address) => address.slice(stack.length + 1))
  return new KeywrightError('CLI_ADDRESS_UNKNOWN', {
    message: `${JSON.stringify(word)} matches no key of the stack ${stack}, neither in the manifests nor in the state.${didYouMean(word, ids)}`,
    hint: 'keywright status',
  })
}
