import type { Group } from '../shell/command.ts'
import { install } from './provider/install.ts'

export const provider: Group = {
  name: 'provider',
  describe: 'The Terraform provider, terraform-provider-keywright, which is part of keywright.',
  commands: [install],
}
