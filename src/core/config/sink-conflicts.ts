import type { Diagnostic } from '../diagnostic.ts'
import { complaint, type Faults } from '../manifest/complaint.ts'
import { isMapping, type Mapping, member, type SourceDocument } from '../manifest/source.ts'

/** Options of one sink that are right by themselves and cannot be together. */
export function sinkConflicts(document: SourceDocument, sinks: Mapping, faults: Faults): readonly Diagnostic[] {
  return Object.values(sinks).flatMap((sink) => {
    if (!isMapping(sink) || faults.in(sink)) return []
    const wrong = ofVault(sink) ?? ofKubernetes(sink)
    if (wrong === null) return []
    const { option, message, hint } = wrong
    return [complaint({ document, container: sink, member: option }, { code: 'CONFIG_WRONG_VALUE', message, hint })]
  })
}

interface Wrong {
  readonly option: string
  readonly message: string
  readonly hint: string
}

function ofVault(sink: Mapping): Wrong | null {
  if (sink.kind !== 'vault' || sink.kv !== 1 || sink.readable !== false) return null
  const message = 'A secret of kv: 1 is written whole, so its other fields would be lost where it cannot be read.'
  return { option: 'readable', message, hint: 'readable: true' }
}

function ofKubernetes(sink: Mapping): Wrong | null {
  if (sink.kind !== 'kubernetes') return null
  const isToken = member(sink.auth, 'kind') === 'token'
  if (isToken && sink.server === undefined)
    return {
      option: 'auth',
      message: 'A token alone does not say which API server it is for.',
      hint: 'server: https://HOST:6443',
    }
  if (isToken || (sink.server === undefined && sink.caFile === undefined)) return null
  const option = sink.server === undefined ? 'caFile' : 'server'
  const message = 'The API server is found with the login, so it is named with a token alone.'
  return { option, message, hint: 'auth: { kind: token, token: { env: KUBERNETES_TOKEN } }' }
}
