/**
 * The proof of a key that is taken over: a readable place holds its secret (OpenRouter: SHA-256 of it is the id of the key).
 *
 * Nothing is announced and nothing written. Until the next save the adoption exists in memory alone, so a run that dies here, or a place
 * that does not answer, leaves a key that nobody has taken over, and the next run begins anew.
 */
import type { Place } from '../core/key.ts'
import type { Held } from '../core/machine/event.ts'
import type { Step } from '../core/machine/step.ts'
import { generationById } from '../core/record.ts'
import type { Secret } from '../core/secret.ts'
import { valuesOf } from '../core/template.ts'
import type { Reading } from '../ports/secret-sink.ts'
import type { WriteContext } from './context.ts'
import type { Effect } from './effects.ts'
import { readPlace } from './effects-place.ts'
import type { Job } from './job.ts'

type Adopt = Extract<Step, { readonly do: 'adopt' }>

export function adoptEffect(step: Adopt, job: Job, context: WriteContext): Effect {
  return {
    prepare: async () => {
      const held: Held[] = []
      const empty: string[] = []
      for (const place of step.places) {
        const reading = await readPlace(place, job, context)
        if (reading === null) empty.push(place.identity)
        if (reading === null || reading === 'unreadable') continue
        const secret = await proven(step, { place, reading, job, context })
        if (secret === null) continue
        job.hand ??= { n: step.n, secret }
        const { capabilities } = await context.sink(place.sink)
        held.push({ place, version: reading.version, fingerprint: reading.fingerprint, ...capabilities })
      }
      return [{ on: 'adopted', n: step.n, held, empty }]
    },
  }
}

interface Found {
  readonly place: Place
  readonly reading: Reading
  readonly job: Job
  readonly context: WriteContext
}

/** The secret in this place, if it is that of the key. */
async function proven({ id }: Adopt, { place, reading, job, context }: Found): Promise<Secret | null> {
  const g = generationById(job.record, id)
  if (!g || !reading.bytes) return null
  const secret = context.bytes.extract(reading.bytes, place.template, valuesOf(g))
  const api = await context.api(job.record.provider)
  return secret && (await api.matches(secret, id)) ? secret : null
}
