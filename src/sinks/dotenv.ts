/** Assignments in a dotenv file, see `dotenv-text.ts` for what is kept as it is. */
import { type ConfigOf, DOTENV_PATH } from '../core/places.ts'
import { SharedFiles } from '../io/shared-files.ts'
import type { SinkContext } from './context.ts'
import { DotenvText } from './dotenv-text.ts'
import { type FileSink, onDisk, type PlacesInFile } from './on-disk.ts'

/** Sweeps what a killed process left beside the file. Throws `SINK_PATH_OUTSIDE`. */
export async function openDotenv(config: ConfigOf<'dotenv'>, context: SinkContext): Promise<FileSink> {
  const { root, lockWaitMillis } = context
  const files = new SharedFiles<PlacesInFile>({
    root,
    open: placesIn,
    mustBeIgnored: true,
    ...(lockWaitMillis === undefined ? {} : { lockWaitMillis }),
  })
  await files.sweep(config.path ?? DOTENV_PATH)
  return onDisk('dotenv', files)
}

function placesIn(text: string | null, path: string): PlacesInFile {
  const content = new DotenvText(text, path)
  return {
    get: (at) => content.get(at.name ?? ''),
    set: (at, value) => content.set(at.name ?? '', value),
    unset: (at) => content.unset(at.name ?? ''),
    text: () => content.text(),
  }
}
