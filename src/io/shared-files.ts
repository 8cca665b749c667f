/**
 * Files that many writers edit a little at a time: other tasks of this process, other processes, and people with editors.
 *
 * All edits of one file that arrive while an earlier round is still being saved form one round: one lock, one read, all edits
 * in order, one replacement. 1,000 keys in one dotenv file cost a few dozen replacements instead of 1,000. Reads form rounds too,
 * and take no lock, because a replaced file is never torn.
 */
import { KeywrightError } from '../core/diagnostic.ts'
import { type Batched, batched, outcomeOf } from './batch.ts'
import { withFileLock } from './file-lock.ts'
import {
  fileTrouble,
  leftovers,
  makeFolderOf,
  probeWritable,
  readText,
  removeDurably,
  replaceFile,
  sweepDrafts,
  tighten,
} from './files.ts'
import { wouldTrack } from './git.ts'
import { locateInside, quoted } from './inside.ts'

/** The content of one file, open for edits. `text` is `null` while there is no file. */
export interface FileContent {
  text(): string | null
}

export interface SharedFilesOptions<C extends FileContent> {
  /** Folder that no path may leave. */
  readonly root: string
  /** Parses; throws `SINK_FILE_UNREADABLE` for a content that cannot be edited safely. */
  open(text: string | null, path: string): C
  /** Refuse files that git would track. */
  readonly mustBeIgnored: boolean
  readonly lockWaitMillis?: number
}

const LOCK_WAIT = 10_000

type Work<C> = (content: C) => unknown
interface Lanes<C> {
  readonly checks: Batched<null, unknown>
  readonly edits: Batched<Work<C>, unknown>
  readonly reads: Batched<Work<C>, unknown>
}

/** Paths are relative to `root`, with `/`. All failures are `KeywrightError`s of sinks. */
export class SharedFiles<C extends FileContent> {
  /** How often a file was replaced or removed. */
  rewrites = 0
  readonly #options: SharedFilesOptions<C>
  readonly #lanes = new Map<string, Lanes<C>>()
  readonly #swept = new Set<string>()
  readonly #ignored = new Set<string>()
  readonly #askGit: Batched<string, boolean>

  constructor(options: SharedFilesOptions<C>) {
    this.#options = options
    this.#askGit = batched(async (paths) => {
      const tracked = new Set(await wouldTrack(options.root, paths))
      return paths.map((path) => ({ status: 'fulfilled', value: tracked.has(path) }))
    })
  }

  /** Looks at a file. */
  async read<R>(path: string, look: (content: C) => R): Promise<R> {
    return this.#ask('reads', path, look)
  }

  /** Edits a file; durable when it resolves. What `edit` throws rejects only this call, and must leave the content alone. */
  async edit<R>(path: string, edit: (content: C) => R): Promise<R> {
    return this.#ask('edits', path, edit)
  }

  /** Proves that `edit` can work, sweeps what killed processes left, and leaves nothing new. Throws what `edit` would. */
  async prepare(path: string): Promise<void> {
    await this.#lanesOf(path).checks(null)
  }

  /** Removes the drafts that killed processes left beside a file, once per handle. */
  async sweep(path: string): Promise<void> {
    if (this.#swept.has(path)) return
    const file = await locateInside(this.#options.root, path)
    if ((await leftovers(file)).length > 0) await withFileLock(file, this.#lockWait, () => sweepDrafts(file))
    this.#swept.add(path)
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    const lanes = [...this.#lanes.values()].flatMap(({ checks, reads, edits }) => [checks, reads, edits])
    await Promise.all(lanes.map((lane) => lane.idle()))
  }

  get #lockWait(): number {
    return this.#options.lockWaitMillis ?? LOCK_WAIT
  }

  async #ask<R>(lane: 'edits' | 'reads', path: string, work: (content: C) => R): Promise<R> {
    let answer: { readonly value: R } | undefined
    await this.#lanesOf(path)[lane]((content) => {
      answer = { value: work(content) }
    })
    if (answer === undefined) throw new RangeError('a round ended without an answer')
    return answer.value
  }

  #lanesOf(path: string): Lanes<C> {
    const lanes = this.#lanes.get(path) ?? {
      checks: batched((asked) => this.#inWords(path, () => this.#check(path, asked.length))),
      edits: batched((works) => this.#inWords(path, () => this.#editAll(path, works))),
      reads: batched((works) => this.#inWords(path, () => this.#readAll(path, works))),
    }
    this.#lanes.set(path, lanes)
    return lanes
  }

  async #check(path: string, asked: number): Promise<PromiseSettledResult<unknown>[]> {
    const file = await locateInside(this.#options.root, path)
    await this.#refuseTracked(path)
    await this.sweep(path)
    await probeWritable(file)
    return Array.from({ length: asked }, () => ({ status: 'fulfilled', value: null }))
  }

  async #readAll(path: string, works: readonly Work<C>[]): Promise<PromiseSettledResult<unknown>[]> {
    const file = await locateInside(this.#options.root, path)
    const content = this.#options.open(await readText(file), path)
    return works.map((work) => outcomeOf(() => work(content)))
  }

  async #editAll(path: string, works: readonly Work<C>[]): Promise<PromiseSettledResult<unknown>[]> {
    const file = await locateInside(this.#options.root, path)
    await this.#refuseTracked(path)
    await this.sweep(path)
    makeFolderOf(file)
    return withFileLock(file, this.#lockWait, async (stillHeld) => {
      const before = await readText(file)
      const content = this.#options.open(before, path)
      const outcomes = works.map((work) => outcomeOf(() => work(content)))
      await this.#save(file, before, content.text(), stillHeld)
      return outcomes
    })
  }

  async #save(
    file: string,
    before: string | null,
    after: string | null,
    stillHeld: () => Promise<void>,
  ): Promise<void> {
    if (after === before) return before === null ? undefined : tighten(file)
    await stillHeld()
    this.rewrites += 1
    if (after === null) await removeDurably(file)
    else await replaceFile(file, after)
  }

  async #refuseTracked(path: string): Promise<void> {
    if (!this.#options.mustBeIgnored || this.#ignored.has(path)) return
    if (await this.#askGit(path)) {
      throw new KeywrightError('SINK_FILE_NOT_IGNORED', {
        message: `git would track ${path}, which is to hold secrets`,
        hint: `echo ${quoted(`/${path}`)} >> .gitignore && git rm --cached --ignore-unmatch ${quoted(path)}`,
      })
    }
    this.#ignored.add(path)
  }

  async #inWords<R>(path: string, work: () => Promise<R>): Promise<R> {
    try {
      return await work()
    } catch (error) {
      throw fileTrouble(error, path)
    }
  }
}
