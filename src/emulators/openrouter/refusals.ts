import { json, type Reply } from '../exchange.ts'
import { failure } from './envelope.ts'
import type { World } from './world.ts'

/** 400 that names what is wrong with the request. */
export function invalid(world: World, fields: readonly string[]): Reply {
  return failure(400, { userId: world.account.userId, metadata: { invalid: fields } })
}

export function absent(world: World): Reply {
  return failure(404, { userId: world.account.userId })
}

/** A workspace that is not there: what that means is a reading. */
export function unknownWorkspace(world: World, doing: 'list' | 'create'): Reply {
  const reading = world.readings.unknownWorkspace
  if (reading === 'empty' && doing === 'list') return json(200, { data: [] })
  return reading === 404 ? absent(world) : invalid(world, ['workspace_id'])
}
