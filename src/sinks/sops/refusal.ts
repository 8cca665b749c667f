import { KeywrightError } from '../../core/diagnostic.ts'
import { quoted } from '../../io/inside.ts'

/** A file that is left alone: `SINK_FILE_UNREADABLE`. The hint shows what sops itself says to it. */
export function unreadable(file: string, why: string): KeywrightError {
  return new KeywrightError('SINK_FILE_UNREADABLE', { message: `${file} ${why}`, hint: `sops decrypt ${quoted(file)}` })
}
