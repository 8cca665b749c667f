import { KeywrightError } from '../../core/diagnostic.ts'
import { didYouMean } from '../../core/suggest.ts'

/** The address that `ID` or `STACK/ID` names. Throws `CLI_ADDRESS_UNKNOWN`. */
export function oneAddress(word: string, stack: string, addresses: readonly string[]): string {
  const found =
    addresses.find((address) => address === word) ?? addresses.find((address) => address === `${stack}/${word}`)
  if (found !== undefined) return found
  const ids = addresses.map((address) => address.slice(address.indexOf('/') + 1))
  throw new KeywrightError('CLI_ADDRESS_UNKNOWN', {
    message: `${JSON.stringify(word)} is no key of the stack ${stack}, neither in the manifests nor in the state.${didYouMean(word, ids)}`,
    hint: 'keywright status',
  })
}
