import type { Group } from '../shell/command.ts'
import { apply } from './ci/apply.ts'
import { comment } from './ci/comment.ts'
import { plan } from './ci/plan.ts'

export const ci: Group = {
  name: 'ci',
  describe: 'Jobs of GitHub Actions and GitLab CI. keywright init --ci github (or gitlab) writes them.',
  commands: [plan, comment, apply],
}
