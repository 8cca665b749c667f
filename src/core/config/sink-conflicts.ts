import type { Diagnostic } from '../diagnostic.ts'
import { complaint, type Faults } from '../manifest/complaint.ts'
import { isMapping, type Mapping, member, type SourceDocument } from '../manifest/source.ts'

/** Options of one sink that are right by themselves and cannot be together. */
export function sinkConflicts(document: SourceDocument, sinks: Mapping, faults: Faults): readonly Diagnostic[] {
  return Object.values(sinks).flatMap((sink) => {
    const isBlindV1 = member(sink, 'kv') === 1 && member(sink, 'readable') === false
    if (!isMapping(sink) || sink.kind !== 'vault' || !isBlindV1 || faults.in(sink)) return []
    const message = 'A secret of kv: 1 is written whole, so its other fields would be lost where it cannot be read.'
    const spot = { document, container: sink, member: 'readable' }
    return [complaint(spot, { code: 'CONFIG_WRONG_VALUE', message, hint: 'readable: true' })]
  })
}
