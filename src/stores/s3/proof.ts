/**
 * Does the server honour conditional writes? Many that speak S3 accept the headers and ignore them; two machines would then overwrite each
 * other in silence. So before the first state is written there, four writes to an object of its own show it.
 */
import { randomBytes } from 'node:crypto'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Objects } from './objects.ts'

/** Throws `STORE_UNCONDITIONAL`. Leaves nothing behind. */
export async function proveConditions(objects: Objects): Promise<void> {
  const key = `.probe-${randomBytes(8).toString('hex')}`
  try {
    const first = await objects.put(key, bytes('1'), 'absent')
    const ignoresAbsence = first === null || (await objects.put(key, bytes('2'), 'absent')) !== null
    const ignoresEtag = ignoresAbsence || (await objects.put(key, bytes('3'), { ifMatch: OTHER_ETAG })) !== null
    if (ignoresEtag || (await objects.put(key, bytes('4'), { ifMatch: first })) === null)
      throw unconditional(objects.location, ignoresAbsence ? 'If-None-Match' : 'If-Match')
  } finally {
    await objects.remove(key)
  }
}

const OTHER_ETAG = '"00000000000000000000000000000000"'

function bytes(text: string): Uint8Array {
  return Buffer.from(text)
}

function unconditional(location: string, header: string): KeywrightError {
  return new KeywrightError('STORE_UNCONDITIONAL', {
    message: `The server of ${location} does not honour ${header} on writes, so two runs could overwrite each other there. Nothing was saved.`,
    hint: 'store: { kind: git }   or a server with conditional writes',
  })
}
