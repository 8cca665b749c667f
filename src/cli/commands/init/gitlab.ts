/** Jobs of GitLab CI, as `init --ci gitlab` writes them: a file to include. */
import type { CiFiles, CiInputs } from './files.ts'

export const GITLAB_JOBS = '.gitlab/keywright.gitlab-ci.yml'

export function gitlabFiles({ version, below }: CiInputs): CiFiles {
  const folder = ['$CI_PROJECT_DIR', below].filter(Boolean).join('/')
  return {
    [GITLAB_JOBS]: `# include: [{ local: ${GITLAB_JOBS} }]   in .gitlab-ci.yml
# Protected variables: OPENROUTER_MANAGEMENT_KEY (only for protected branches). Masked: KEYWRIGHT_GITLAB_TOKEN, a project access token with
# the scope api. Without it a merge request is planned, and nothing is commented.
.keywright:
  image: node:20
  variables: { GIT_DEPTH: "50" }
  # Not in the checkout: an .npmrc or package.json of the change must not choose what npx runs.
  before_script:
    - cd "$(mktemp -d)"
    - keywright() { npx --yes keywright@${version} -C "${folder}" "$@"; }
    - git -C "$CI_PROJECT_DIR" fetch --quiet --depth=1 origin "+refs/heads/$CI_DEFAULT_BRANCH:refs/remotes/origin/$CI_DEFAULT_BRANCH"
    - git -C "$CI_PROJECT_DIR" fetch --quiet --depth=1 origin "+refs/heads/keywright-snapshot:refs/remotes/origin/keywright-snapshot" || true

keywright-plan:
  extends: .keywright
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - keywright ci plan --trust "origin/$CI_DEFAULT_BRANCH" --dotenv "$CI_PROJECT_DIR/keywright.env"
  artifacts:
    reports: { dotenv: keywright.env }

keywright-comment:
  extends: .keywright
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $KEYWRIGHT_GITLAB_TOKEN
  script:
    - keywright ci comment --trust "origin/$CI_DEFAULT_BRANCH"

keywright-apply:
  extends: .keywright
  resource_group: keywright          # one at a time
  environment: { name: keywright }
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE =~ /^(push|schedule|web)$/ && $KEYWRIGHT_LEAKED == null
  script:
    - keywright ci apply

# For a phone: Run pipeline on the default branch with KEYWRIGHT_LEAKED = the hash of a secret (keywright hash), never the secret.
keywright-leaked:
  extends: .keywright
  resource_group: keywright
  environment: { name: keywright }
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $KEYWRIGHT_LEAKED =~ /^(sha256:)?[0-9a-f]{64}$/
  script:
    - keywright leaked "$KEYWRIGHT_LEAKED" --yes
`,
  }
}
