/** Problems with a command line, and with what a command needs besides files. */
export const CLI_CODES = {
  CLI_INTERNAL:
    'Something went wrong inside keywright that it has no words for. This is a defect of keywright, not of your files. State is saved before and after each effect, so nothing is lost: run the same command again. Please report it with the output of the same command under --log-level debug, which holds no secret.',
  CLI_USAGE:
    'The command line has a command, flag or value that keywright does not know. Nothing was done. keywright --help lists all commands, keywright COMMAND --help the flags of one.',
  CLI_TOKEN_MISSING:
    'No management key was found where it was looked for. The token of a provider in keywright.yaml names its sources; commands without a project read OPENROUTER_MANAGEMENT_KEY. Create a management key in the dashboard of the API, put it there, and run again.',
  CLI_NEEDS_YES:
    'The plan holds changes that somebody has to approve, and nobody could be asked: there is no terminal, or the answer was no. Read the plan, then run the printed line, which says yes beforehand.',
  STORE_EPHEMERAL:
    'No store is configured, so the state is kept on the disk of this machine; but this is a CI job, whose disk is usually gone afterwards. The next job would find live keys that its state never issued, and stop with STATE_MISSING. Keep that folder between jobs, and say so by writing the store entry into keywright.yaml.',
  CLI_REF_REFUSED:
    'The environment is bound to one git ref by onlyFrom in keywright.yaml, and this run is on another one. Planning works from everywhere; apply and destroy only from there.',
  CLI_FILE_EXISTS:
    'A file that the command would write is already there. Nothing was overwritten. Move it away, or go on with what is there.',
  CLI_FILE_UNWRITABLE: 'A file could not be written. Check the permissions and the free space of its folder.',
  CLI_ADDRESS_UNKNOWN:
    'An address or pattern on the command line matches no key, neither in the manifests nor in the state. Nothing was done. keywright status lists all addresses.',
  CLI_CODE_UNKNOWN: 'There is no such error code. keywright explain lists all of them.',
  CLI_FOLDER_MISSING: 'The folder given with -C does not exist, or is not a folder.',
  CI_FORGE_MISSING:
    'One of the ci commands was run outside a CI job, or in one that lacks what it needs: the event of a pull request, a variable or a token. plan and apply work everywhere; keywright init --ci writes jobs that have everything.',
  CI_FORGE_REFUSED:
    'GitHub or GitLab refused to write a comment, a check, a status or the snapshot branch. The token of the job has no permission for it. Keys are not affected: what the command did before is finished and recorded. Grant the permission that is named and run the job again.',
  CI_FORGE_UNREACHABLE:
    'GitHub or GitLab did not answer in a usable way. Keys are not affected: what the command did before is finished and recorded. Run the job again.',
  CI_UNREVIEWED:
    'ci apply --approve digest carries out only what was reviewed, and found no digest for this commit: it did not come in by a pull request that was planned in CI, or its check was not written. Nothing was changed. Open a pull request, or apply by hand after looking at the plan.',
  CI_CHECKOUT_STALE:
    'ci comment was to show the plan of one state of a change, and another one is checked out: GitHub makes the merge commit of a pull request some time after each push. Nothing was commented or marked, so that nobody reviews what is no longer there. Run the job again; where the change has a conflict, solve it first.',
  CI_JOB_EXPOSED:
    'doctor looked at the jobs of CI, and a change that nobody merged could lay hands on something: a secret in a job that runs for pull requests, a token that may write more than it has to, a step that runs files of the change beside such a token, text of people inside a script, or a job that applies from any branch. What a pull request needs is a plan from the snapshot, and that needs no secret. Write the line that is named, or take the workflows that keywright init --ci writes.',
  CI_JOB_INCOMPLETE:
    'doctor looked at the jobs of CI, and one lacks what it needs to do its work: a permission, a concurrency group so that two pushes are not applied at once, a timer that comes at least twice in each grace, the credentials its sources name, or the whole job is not there. Write the line that is named; keywright init --ci writes files that are not there yet and changes none that is.',
  CI_JOB_UNPINNED:
    'A job of CI runs code of others by a name that can move: a branch, a tag, no version at all. Whoever moves it runs their program with what the job holds. Name a commit (GitHub) or a digest (images), and the whole version of keywright.',
  CI_JOB_OLD:
    'A job of CI does not run the version of keywright that looked at it. They may read the same files differently, and a plan that was reviewed with one may be refused by the other. Name the same version in all jobs, and use it on your own machine as well.',
  CLI_PORT_TAKEN:
    'The emulator could not start: its port is taken, or a file it was given cannot be opened. --port 0 takes a free port.',
} as const
