import type { Group } from '../shell/command.ts'
import { acceptIdentity, breakLock } from './state/locks.ts'
import { migrate } from './state/migrate.ts'
import { move } from './state/move.ts'
import { rebuild } from './state/rebuild.ts'
import { list, remove, show } from './state/records.ts'
import { pull, push } from './state/transfer.ts'

export const state: Group = {
  name: 'state',
  describe:
    'What keywright knows about its keys. Every command says what it does before it does it; no command touches a live key.',
  commands: [list, show, move, remove, rebuild, pull, push, migrate, breakLock, acceptIdentity],
}
