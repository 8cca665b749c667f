/** Many keys: an apply of 1,000 creates, and plans that find nothing to do. */
import { Pool } from 'undici'
import { type Emulator, ended, keywright, keywrightWithMemory, startEmulator } from './child.ts'
import { type BenchProject, makeProject } from './project.ts'
import { type Chapter, median, type Row } from './row.ts'

const LATENCY = 100
const PARALLELISM = 20
const ROUNDS = 3

export const thousand: Chapter = {
  name: 'thousand',
  async run() {
    const emulator = await startEmulator(['--latency', String(LATENCY)])
    const project = await makeProject(emulator, { keys: 1000, files: 4 })
    try {
      return [...(await applied(emulator, project)), ...(await planned(emulator, project))]
    } finally {
      await emulator.stop()
      await project.remove()
    }
  },
}

async function applied(emulator: Emulator, project: BenchProject): Promise<readonly Row[]> {
  const args = ['apply', '--yes', '--parallelism', String(PARALLELISM)]
  const { millis } = ended(await keywright({ args, ...project }))
  const { writes, requests } = await emulator.counts()
  // The management key introduces itself by the same request.
  const proofs = (requests['GET /key'] ?? 0) - 1
  const floor = (2000 * LATENCY) / PARALLELISM
  return [
    { name: 'apply-1000-writes', what: 'writes of an apply of 1,000 creates', value: writes, limit: 1000 },
    {
      name: 'apply-1000-proofs',
      what: 'proofs of an apply of 1,000 creates',
      value: proofs,
      limit: 1000,
    },
    {
      name: 'apply-1000-time',
      what: `its time / (2,000 x ${LATENCY} ms / ${PARALLELISM})`,
      value: millis / floor,
      limit: 1.3,
    },
  ]
}

/** Plan and floor take turns, so that a busy moment of the machine hits both. */
async function planned(emulator: Emulator, project: BenchProject): Promise<readonly Row[]> {
  const ratios: number[] = []
  let requests = 0
  for (let round = 0; round < ROUNDS; round++) {
    const floor = await readSequentially(emulator)
    await emulator.counts()
    const { millis } = ended(await keywright({ args: ['plan', '--detailed-exitcode'], ...project }))
    requests = Math.max(requests, (await emulator.counts()).total)
    ratios.push(millis / floor)
  }
  return [
    {
      name: 'plan-1000-requests',
      what: 'requests of a plan of 1,000 keys with nothing to do',
      value: requests,
      limit: 13,
    },
    {
      name: 'plan-1000-time',
      what: `whole process / undici reading page after page, ${LATENCY} ms each`,
      value: median(ratios),
      limit: 1,
    },
  ]
}

/** Milliseconds to read all keys as the simplest client would: one page after the other until an empty one. */
export async function readSequentially({ baseUrl, managementKey }: Emulator): Promise<number> {
  const { origin, pathname } = new URL(baseUrl)
  const pool = new Pool(origin, { connections: 1 })
  const begun = performance.now()
  for (let offset = 0, length = -1; length !== 0; offset += length) {
    const path = `${pathname}/keys?include_disabled=true&offset=${offset}`
    const { body } = await pool.request({ method: 'GET', path, headers: { authorization: `Bearer ${managementKey}` } })
    length = ((await body.json()) as { data: unknown[] }).data.length
  }
  const millis = performance.now() - begun
  await pool.close()
  return millis
}

export const tenThousand: Chapter = {
  name: 'ten-thousand',
  async run() {
    const emulator = await startEmulator()
    const project = await makeProject(emulator, { keys: 10_000, files: 20 })
    try {
      ended(await keywright({ args: ['apply', '--yes', '--parallelism', '64'], ...project }))
      await emulator.counts()
      const timed = await keywrightWithMemory({ args: ['plan', '--detailed-exitcode'], ...project })
      ended(timed)
      const { total } = await emulator.counts()
      return [
        {
          name: 'plan-10000-requests',
          what: 'requests of a plan of 10,000 keys in 20 files',
          value: total,
          limit: 105,
        },
        { name: 'plan-10000-rss', what: 'its highest resident memory in MiB', value: timed.peakMiB, limit: 250 },
      ]
    } finally {
      await emulator.stop()
      await project.remove()
    }
  },
}
