/** A file that is the secret, or a JSON file with a member that is. */
import type { ConfigOf } from '../core/places.ts'
import { SharedFiles } from '../io/shared-files.ts'
import type { SinkContext } from './context.ts'
import { checkJsonObject, getMember, setMember, unsetMember } from './json-text.ts'
import { type FileSink, onDisk, type PlacesInFile } from './on-disk.ts'

/** Opens nothing yet: each file is swept when it is first touched. A place's path already holds the sink's `root`. */
export async function openFile(_config: ConfigOf<'file'>, context: SinkContext): Promise<FileSink> {
  const { root, lockWaitMillis } = context
  const wait = lockWaitMillis === undefined ? {} : { lockWaitMillis }
  return onDisk('file', new SharedFiles<PlacesInFile>({ root, open: placesIn, mustBeIgnored: true, ...wait }))
}

/** The whole file counts for a place without field: removing it removes the file. A JSON file stays, without the member. */
function placesIn(before: string | null, path: string): PlacesInFile {
  let text = before
  const json = (): string => {
    const document = text === null || text === '' ? '{}\n' : text
    checkJsonObject(document, path)
    return document
  }
  return {
    get: ({ field }) => (field === undefined || text === null ? text : getMember(json(), field, path)),
    set: ({ field }, value) => {
      text = field === undefined ? value : setMember(json(), field, value, path)
    },
    unset: ({ field }) => {
      text = field === undefined || text === null ? null : unsetMember(json(), field, path)
    },
    text: () => text,
  }
}
