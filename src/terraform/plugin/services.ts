/** The services every plugin has beside its own: they are terraform's way to stop it, to ask whether it lives, and to hear its output. */
import type { GrpcMethod } from '../grpc/server.ts'
import { encode } from '../wire/codec.ts'

const NOTHING = Buffer.alloc(0)

export interface PluginEvents {
  /** terraform is done with this process. */
  readonly onShutdown: () => void
  /** terraform was asked to stop and waits for what is at hand. */
  readonly onStop: () => void
}

/** Without these terraform waits two seconds for each process and then kills it. Broker and stdio are opened and never used. */
export function pluginServices({ onShutdown, onStop }: PluginEvents): ReadonlyMap<string, GrpcMethod> {
  return new Map<string, GrpcMethod>([
    ['/plugin.GRPCController/Shutdown', unary(onShutdown)],
    ['/plugin.GRPCStdio/StreamStdio', { kind: 'held' }],
    ['/plugin.GRPCBroker/StartStream', { kind: 'held' }],
    ['/grpc.health.v1.Health/Check', unary(() => {}, encode('HealthCheck.Response', { status: 'serving' }))],
    ['/tfplugin6.Provider/StopProvider', unary(onStop)],
  ])
}

function unary(act: () => void, response: Uint8Array = NOTHING): GrpcMethod {
  return {
    kind: 'unary',
    run: async () => {
      act()
      return response
    },
  }
}
