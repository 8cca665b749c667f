/** Workflows of GitHub Actions, as `init --ci github` writes them. */
import type { CiFiles, CiInputs } from './files.ts'

/** Actions of others by the commit of a release: a tag can be moved. */
const CHECKOUT = 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683   # v4.2.2'
const SETUP_NODE = 'actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020   # v4.4.0'

export function githubFiles({ version, branch, below }: CiInputs): CiFiles {
  const directory = below === '' ? '' : `, directory: ${below}`
  return {
    '.github/workflows/keywright.yml': `# The check of a pull request has no secret. What is merged is applied here, and what is due every hour.
name: keywright
on:
  pull_request:
  merge_group:                     # a merge queue: the guards judge what it would make
  push: { branches: [${branch}] }
  schedule: [{ cron: "17 * * * *" }]
  workflow_dispatch:
permissions: {}
jobs:
  plan:
    if: github.event_name == 'pull_request' || github.event_name == 'merge_group'
    runs-on: ubuntu-latest
    permissions: { contents: read }
    steps:
      - uses: ${CHECKOUT}
        with: { persist-credentials: false }
      - uses: ${SETUP_NODE}
        with: { node-version: 20 }
      - uses: keywright/keywright@v${version}
        with: { run: plan, trust: ${branch}${directory} }
  apply:
    if: github.ref == 'refs/heads/${branch}'
    runs-on: ubuntu-latest
    environment: keywright           # keep the secrets in this environment; required reviewers here are a second yes
    concurrency: keywright           # one at a time, and none is cancelled halfway
    permissions: { contents: write, checks: read, pull-requests: read }
    steps:
      - uses: ${CHECKOUT}
        with: { persist-credentials: false }
      - uses: ${SETUP_NODE}
        with: { node-version: 20 }
      - uses: keywright/keywright@v${version}
        with: { run: apply${directory} }
        env:
          OPENROUTER_MANAGEMENT_KEY: \${{ secrets.OPENROUTER_MANAGEMENT_KEY }}
          KEYWRIGHT_ALLOW_HOSTS: \${{ vars.KEYWRIGHT_ALLOW_HOSTS }}
          VAULT_SECRET_ID: \${{ secrets.VAULT_SECRET_ID }}      # what stores and sinks need
`,
    '.github/workflows/keywright-comment.yml': `# The trusted half of the check: the same plan once more, as a comment and a check run. It runs the workflow of ${branch}, has no key of
# a key API, and reads the files of the change without running any of them.
name: "keywright: comment"
on: pull_request_target
permissions: {}
jobs:
  comment:
    runs-on: ubuntu-latest
    concurrency: keywright-comment-\${{ github.event.pull_request.number }}
    permissions: { contents: read, checks: write, pull-requests: write }
    outputs:
      gate: \${{ steps.plan.outputs.gate }}
    steps:
      - uses: ${CHECKOUT}
        with: { ref: "refs/pull/\${{ github.event.pull_request.number }}/merge", path: change, persist-credentials: false }
      - uses: ${SETUP_NODE}
        with: { node-version: 20 }
      - id: plan
        uses: keywright/keywright@v${version}
        with: { run: comment, directory: ${['change', below].filter(Boolean).join('/')}, trust: ${branch} }
`,
    '.github/workflows/keywright-leaked.yml': `# For a phone: Actions, this workflow, Run. It takes the hash of a secret (keywright hash), never the secret.
name: "keywright: leaked"
on:
  workflow_dispatch:
    inputs:
      hash: { description: "sha256 of the leaked secret", required: true }
permissions: {}
jobs:
  leaked:
    if: github.ref == 'refs/heads/${branch}'
    runs-on: ubuntu-latest
    environment: keywright
    permissions: { contents: write }
    steps:
      - uses: ${CHECKOUT}
        with: { persist-credentials: false }
      - uses: ${SETUP_NODE}
        with: { node-version: 20 }
      - uses: keywright/keywright@v${version}
        with: { run: leaked, hash: "\${{ inputs.hash }}"${directory} }
        env:
          OPENROUTER_MANAGEMENT_KEY: \${{ secrets.OPENROUTER_MANAGEMENT_KEY }}
          KEYWRIGHT_ALLOW_HOSTS: \${{ vars.KEYWRIGHT_ALLOW_HOSTS }}
          VAULT_SECRET_ID: \${{ secrets.VAULT_SECRET_ID }}      # what stores and sinks need
`,
  }
}
