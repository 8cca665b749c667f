/** The status page as one file: the picture of a moment, with no loop behind it. */
import { writeFile } from 'node:fs/promises'
import type { Config } from '../../core/config/config.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import { instant, MINUTE, type Millis } from '../../core/time.ts'
import { alertsOf } from '../../engine/alerts.ts'
import { boardOf } from '../../engine/board.ts'
import type { Session } from '../../engine/session.ts'
import { credentialsSeen } from '../watch.ts'
import { pageOf } from './page.ts'

export interface PageFile {
  readonly session: Session
  readonly config: Pick<Config, 'loop' | 'loopEvery'>
  /** Absolute. */
  readonly path: string
  readonly now: Millis
}

/** Writes or replaces the file, 0600. Throws `CLI_FILE_UNWRITABLE`. */
export async function writeStatusPage({ session, config, path, now }: PageFile): Promise<void> {
  const board = boardOf(session)
  const alerts = alertsOf({
    board,
    outcomes: [],
    failing: [],
    refusals: [],
    missing: board.keys.filter(({ drift }) => drift.includes('deleted')).map(({ address }) => address),
    credentials: credentialsSeen(session.header?.memo ?? {}, board),
    managementKeyAge: config.loop.managementKeyAge,
    writesPerDay: new Map(),
    every: config.loopEvery ?? 10 * MINUTE,
  })
  const { html } = pageOf({ at: instant(now), board, loop: null, alerts }, { now, refresh: 0 })
  try {
    await writeFile(path, html, { mode: 0o600 })
  } catch {
    throw new KeywrightError('CLI_FILE_UNWRITABLE', { message: `${path} cannot be written.`, hint: `ls -ld ${path}` })
  }
}
