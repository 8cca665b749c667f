/** Ports of one process that are looked at from inside the faults: what really happened, and whether it may have. */

import { parseName } from '../../../src/core/address.ts'
import type { DesiredKey, LiveKey } from '../../../src/core/key.ts'
import type { CreateOutcome, KeyApi } from '../../../src/ports/key-api.ts'
import type { SecretSink } from '../../../src/ports/secret-sink.ts'
import type { StateStore } from '../../../src/ports/state-store.ts'
import { accountOf, keyOf } from '../accounts.ts'
import { type Scene, STACK } from '../scene.ts'
import { endOf, type Life } from './life.ts'

/** What one process has done so far, as far as the rules ask for it. */
export class Eye {
  /** Addresses whose record it saved, or may have saved, since its last effect on them. */
  readonly announced = new Set<string>()
  /** Places it read back, and not written since. */
  readonly read = new Set<string>()
  readonly keys: readonly DesiredKey[]
  readonly scene: Scene
  readonly life: Life

  constructor(scene: Scene, life: Life) {
    this.scene = scene
    this.life = life
    this.keys = [...scene.keys.values()]
  }

  find(what: string): void {
    this.scene.options.trace?.(`FOUND ${what}`)
    this.scene.findings.push(what)
  }

  /** R4: nothing is sent about a key before its record was saved. */
  effect(id: string, what: string): void {
    const address = this.life.addresses.get(id)
    if (address !== undefined) this.announcedAt(address, what)
  }

  announcedAt(address: string, what: string): void {
    if (!this.announced.delete(address)) this.find(`${what} at ${address} was sent and not announced`)
  }

  issued(outcome: CreateOutcome): CreateOutcome {
    if (outcome.kind === 'created') remember(this.life, outcome.key, outcome.secret.expose())
    return outcome
  }
}

/** A key was made, by us or by somebody else. */
export function remember({ ids, addresses }: Life, key: LiveKey, text: string): void {
  const id = parseName(key.name)?.marker.id
  ids.set(text, key.id)
  if (id !== undefined) addresses.set(key.id, `${STACK}/${id}`)
}

export function watchedApi(api: KeyApi, eye: Eye): KeyApi {
  const { life, scene } = eye
  const { rotate, assign, unassign } = api
  const seen = (key: LiveKey | null) => key && life.meter.seen(key)
  return {
    ...api,
    list: async (...args) => (await api.list(...args)).map((key) => life.meter.seen(key)),
    get: async (id) => seen(await api.get(id)),
    async create(request) {
      eye.announcedAt(`${STACK}/${parseName(request.name)?.marker.id}`, 'a create')
      return eye.issued(await api.create(request))
    },
    async update(id, fields) {
      eye.effect(id, 'an update')
      if (fields.disabled === false && life.leaked.get(id) === false) scene.options.trace?.(`a leaked key is enabled`)
      return seen(await api.update(id, fields))
    },
    async remove(id) {
      eye.effect(id, 'a delete')
      const key = keyOf(scene, id)
      if (key && endOf(key) <= scene.clock.now()) life.ended.add(id)
      await api.remove(id)
    },
    async prove(secret) {
      const verdict = await api.prove(secret)
      const id = life.ids.get(secret.expose())
      if (verdict === 'works' && id !== undefined) life.proven.add(id)
      return verdict
    },
    ...(rotate ? { rotate: rotating(api, eye) } : {}),
    ...(assign
      ? {
          assign: async (id, guardrail) => {
            eye.effect(id, 'an assignment')
            await assign(id, guardrail)
          },
        }
      : {}),
    ...(unassign
      ? {
          unassign: async (id, guardrail) => {
            eye.effect(id, 'an assignment')
            await unassign(id, guardrail)
          },
        }
      : {}),
  }
}

function rotating(api: KeyApi, eye: Eye): NonNullable<KeyApi['rotate']> {
  return async (id, grace) => {
    eye.effect(id, 'a rotation')
    const outcome = (await api.rotate?.(id, grace)) ?? { kind: 'unknown', reason: 'no rotate' }
    if (outcome.kind === 'created') eye.life.endings.set(id, eye.scene.clock.now())
    return eye.issued(outcome)
  }
}

export function watchedSink(sink: SecretSink, eye: Eye): SecretSink {
  const { restore } = sink
  return {
    ...sink,
    async write(place, bytes, ifVersion) {
      eye.read.delete(place.identity)
      const key = eye.keys.find((one) => one.places.some(({ identity }) => identity === place.identity))
      if (key) eye.announcedAt(key.address, 'a write')
      const written = await sink.write(place, bytes, ifVersion)
      handedOut(bytes.expose(), place.identity, eye)
      return written
    },
    async read(place) {
      const reading = await sink.read(place)
      eye.read.add(place.identity)
      return reading
    },
    ...(restore
      ? {
          restore: async (place, print, ifVersion) => {
            eye.read.delete(place.identity)
            return restore(place, print, ifVersion)
          },
        }
      : {}),
  }
}

/** Nothing is handed out before it was proven, and before its guardrail is in force. */
function handedOut(text: string, identity: string, eye: Eye): void {
  const { life, scene } = eye
  const id = life.ids.get(text)
  if (id === undefined || life.placed.has(id)) return
  life.placed.add(id)
  if (!life.proven.has(id)) eye.find(`${identity} got a secret that was never proven`)
  const wanted = eye.keys.find((key) => key.places.some((place) => place.identity === identity))?.guardrail
  const has = accountOf(scene, id).guardrailOf(id)
  if (wanted !== undefined && has !== wanted && !life.unguarded.has(id)) eye.find(`${identity} got an unguarded secret`)
}

export function watchedStore(store: StateStore, eye: Eye): StateStore {
  return {
    ...store,
    async commit(stack, changes, lease) {
      const saved = await store.commit(stack, changes, lease)
      for (const { address } of changes) eye.announced.add(address)
      return saved
    },
  }
}
