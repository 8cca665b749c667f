import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { KeyRecord } from '../../src/core/record.ts'
import { type LocalStore, localStore } from '../../src/stores/local.ts'
import { Epoch } from '../../src/stores/local-epoch.ts'
import { encodeLine } from '../../src/stores/local-line.ts'
import { handClock } from '../fakes/hand-clock.ts'
import { aRecord } from '../fakes/records.ts'
import { scratchFolder } from '../fakes/stores.ts'

type Records = Readonly<Record<string, KeyRecord>>

let root: string
let store: LocalStore

const file = (epoch = 1): string => join(root, '.keywright', `state.${epoch}.jsonl`)
const another = (compactBytes?: number): LocalStore =>
  localStore({ root, clock: handClock(), ...(compactBytes === undefined ? {} : { compactBytes }) })

async function save(into: LocalStore, address: string, expectedSerial: number): Promise<void> {
  await into.commit('acme', [{ address, expectedSerial, record: aRecord(address, { owner: 'Zoë' }) }])
}

async function saved(from: LocalStore = another()): Promise<Records> {
  const { records } = await from.read('acme')
  await from.close()
  return Object.fromEntries(records)
}

beforeEach(() => {
  root = scratchFolder()
  store = another()
})
afterEach(async () => {
  await store.close()
  rmSync(root, { recursive: true, force: true })
})

describe('the local state file', () => {
  it('is not made by reading', async () => {
    await store.read('acme')
    await store.leaseHolder('acme')
    expect(existsSync(store.location)).toBe(false)
  })

  it('lies in a folder only its owner opens and is read by its owner only, whatever the umask', async () => {
    const umask = process.umask(0)
    try {
      await save(store, 'acme/a', 0)
      expect(statSync(store.location).mode & 0o777).toBe(0o700)
      expect(statSync(file()).mode & 0o777).toBe(0o600)
    } finally {
      process.umask(umask)
    }
  })

  it('is JSON line by line', async () => {
    await save(store, 'acme/a', 0)
    const lines = readFileSync(file(), 'utf8').split('\n').filter(Boolean)
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(['birth', 'entry'])
  })

  it('keeps every acknowledged entry when it is cut at any byte behind it', async () => {
    const marks: { readonly size: number; readonly records: Records }[] = []
    await store.lease('acme', { ttlMillis: 1_000, waitMillis: 0, command: 'x' })
    for (const [address, serial] of [
      ['acme/a', 0],
      ['acme/b', 0],
      ['acme/a', 1],
    ] as const) {
      await save(store, address, serial)
      marks.push({ size: statSync(file()).size, records: Object.fromEntries((await store.read('acme')).records) })
    }
    const first = marks[0]?.size ?? 0
    for (let size = statSync(file()).size; size >= first; size--) {
      truncateSync(file(), size)
      expect(await saved()).toEqual(marks.findLast((mark) => mark.size <= size)?.records)
    }
  })

  it('takes new entries behind a torn one, cut at any byte', async () => {
    await save(store, 'acme/a', 0)
    const { size } = statSync(file())
    await save(another(), 'acme/b', 0)
    const whole = readFileSync(file())
    for (let cut = size; cut < whole.length - 1; cut += 11) {
      writeFileSync(file(), whole.subarray(0, cut))
      const next = another()
      await save(next, 'acme/c', 0)
      expect(Object.keys(await saved(next))).toEqual(['acme/a', 'acme/c'])
    }
  })

  it('is never taken for a fresh or a shorter one when its birth part is cut', async () => {
    await save(store, 'acme/a', 0)
    const small = another(1)
    await save(small, 'acme/b', 0)
    await save(small, 'acme/c', 0)
    const whole = readFileSync(file(2))
    const birth = whole.indexOf('"kind":"entry"') - 3
    for (let cut = 0; cut < birth; cut += 3) {
      writeFileSync(file(2), whole.subarray(0, cut))
      await expect(saved()).rejects.toMatchObject({ code: 'STATE_CORRUPT' })
    }
  })

  it('shows what was saved or says STATE_CORRUPT, whatever byte before the last entry is damaged', async () => {
    await save(store, 'acme/a', 0)
    await save(store, 'acme/a', 1)
    await save(store, 'acme/b', 0)
    const whole = readFileSync(file())
    const truth = await saved()
    const last = whole.lastIndexOf('{"kind":"entry"')
    let refused = 0
    for (let at = 0; at < last; at++) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(file(), damaged)
      await saved().then(
        (records) => expect(records).toEqual(truth),
        (error) => expect(['STATE_CORRUPT', 'STATE_TOO_NEW']).toContain(error.code) === void refused++,
      )
    }
    expect(refused).toBeGreaterThan(last - 10)
  })

  it('names file and line of a damaged entry', async () => {
    await save(store, 'acme/a', 0)
    await save(store, 'acme/b', 0)
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('acme/a', 'acme/x'))
    await expect(saved()).rejects.toMatchObject({
      code: 'STATE_CORRUPT',
      message: expect.stringContaining(`${file()}:3 `),
    })
  })

  it('of a later format is refused, read or written', async () => {
    mkdirSync(store.location)
    writeFileSync(file(), '{"kind":"birth","format":3,"odd":1}\n')
    await expect(store.read('acme')).rejects.toMatchObject({ code: 'STATE_TOO_NEW' })
    await expect(save(store, 'acme/a', 0)).rejects.toMatchObject({ code: 'STATE_TOO_NEW' })
  })

  it('that was removed under a running process is not written on unseen', async () => {
    await save(store, 'acme/a', 0)
    rmSync(store.location, { recursive: true })
    await expect(save(store, 'acme/a', 1)).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
    expect(await saved(store)).toEqual({})
  })

  it('that cannot be reached is said to be unreadable and unwritable', async () => {
    writeFileSync(join(root, '.keywright'), '')
    await expect(store.read('acme')).rejects.toMatchObject({ code: 'STATE_UNREADABLE' })
    await expect(save(store, 'acme/a', 0)).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' })
  })
})

describe('compaction', () => {
  it('keeps records, headers, leases and serials, and leaves one file', async () => {
    const small = another(2_000)
    const lease = await small.lease('acme', { ttlMillis: 1_000, waitMillis: 0, command: 'x' })
    await small.commitHeader({ stack: 'acme', version: 1, serial: 0, identities: {} }, 0)
    for (let serial = 0; serial < 20; serial++) await save(small, 'acme/a', serial)
    await lease.check()
    expect((await saved())['acme/a']?.serial).toBe(20)
    expect((await store.read('acme')).header?.serial).toBe(1)
    expect(readdirSync(store.location)).toHaveLength(1)
    expect(readdirSync(store.location)).not.toEqual(['state.1.jsonl'])
  })

  it('lets entries behind a seal count for nobody, however often the file is read on', async () => {
    await save(store, 'acme/a', 0)
    const judged: string[] = []
    const sleeper = Epoch.open(store.location, 1, (by) => judged.push(by))
    await save(another(1), 'acme/b', 0)
    const change = { address: 'acme/late', expectedSerial: 0, record: aRecord('acme/late') }
    await sleeper?.append([{ by: 'sleeper.1', entry: { kind: 'records', stack: 'acme', changes: [change] } }], false)
    for (let time = 0; time < 3; time++) {
      sleeper?.catchUp()
      expect([...(await store.read('acme')).records.keys()]).toEqual(['acme/a', 'acme/b'])
    }
    expect(sleeper?.sealed).toBe(true)
    expect(judged).toHaveLength(2)
    expect(judged).not.toContain('sleeper.1')
    sleeper?.close()
    await save(store, 'acme/c', 0)
    expect(Object.keys(await saved())).toEqual(['acme/a', 'acme/b', 'acme/c'])
  })

  it('makes a writer whose entry fell behind a seal propose it again in the next epoch', async () => {
    await save(store, 'acme/a', 0)
    const append = Epoch.prototype.append
    vi.spyOn(Epoch.prototype, 'append').mockImplementationOnce(function (this: Epoch, proposals, seal) {
      appendFileSync(file(), `${encodeLine({ kind: 'seal', seen: 0 })}\n`)
      return append.call(this, proposals, seal)
    })
    await save(store, 'acme/b', 0)
    expect(readdirSync(store.location)).toEqual(['state.2.jsonl'])
    expect(Object.keys(await saved())).toEqual(['acme/a', 'acme/b'])
  })

  it('that died after the seal is read as it is and completed by the next writer', async () => {
    await save(store, 'acme/a', 0)
    await save(another(1), 'acme/b', 0)
    expect(Object.keys(await saved())).toEqual(['acme/a', 'acme/b'])
    expect(readdirSync(store.location)).toEqual(['state.1.jsonl'])
    await save(another(), 'acme/c', 0)
    expect(readdirSync(store.location)).toEqual(['state.2.jsonl'])
    expect(Object.keys(await saved(store))).toEqual(['acme/a', 'acme/b', 'acme/c'])
  })

  it('that died after the link, or slept through later ones, leaves nothing behind after the next write', async () => {
    await save(store, 'acme/a', 0)
    await save(another(1), 'acme/b', 0)
    const old = readFileSync(file(1))
    await save(another(), 'acme/c', 0)
    writeFileSync(file(1), old)
    writeFileSync(`${file(2)}.0a1b2c3d4e5f.tmp`, 'half')
    writeFileSync(join(store.location, 'mine.tmp'), '')
    await save(another(), 'acme/d', 0)
    expect(readdirSync(store.location).sort()).toEqual(['mine.tmp', 'state.2.jsonl'])
    expect(Object.keys(await saved())).toEqual(['acme/a', 'acme/b', 'acme/c', 'acme/d'])
  })
})

describe('the lease of the local store', () => {
  const request = { ttlMillis: 60_000, waitMillis: 0, command: 'x' }

  /** Rewrites the holder of the lease, as another process would have written it. */
  async function heldBy(change: Record<string, unknown>): Promise<void> {
    const first = await store.lease('acme', request)
    const lines = readFileSync(file(), 'utf8').split('\n').filter(Boolean)
    const entry = JSON.parse(lines[1] ?? '')
    await first.release()
    const holder = { ...entry.entry.holder, expiresAt: '2999-01-01T00:00:00.000Z', ...change }
    const taken = { kind: 'take', stack: 'acme', revision: 2, holder } as const
    appendFileSync(file(), `${encodeLine({ kind: 'entry', by: 'other.1', seen: 0, entry: taken })}\n`)
  }

  it('is replaced at once when its process runs no more', async () => {
    await heldBy({ pid: 2 ** 22 + 1 })
    await (await store.lease('acme', request)).check()
  })

  it('is replaced at once when its pid now belongs to another process', async () => {
    await heldBy({ startedAt: '1' })
    await (await store.lease('acme', request)).check()
  })

  it.each([
    ['is still running here', {}],
    ['ran on another host', { host: 'elsewhere', pid: 2 ** 22 + 1 }],
    ['ran in another boot or pid namespace', { bootId: 'other', pid: 2 ** 22 + 1 }],
  ])('is waited for when its process %s', async (_, change) => {
    await heldBy(change)
    await expect(store.lease('acme', request)).rejects.toMatchObject({ code: 'LOCK_HELD' })
  })
})
