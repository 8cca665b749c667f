/** Problems of the unattended loop. */
export const LOOP_CODES = {
  LOOP_GIT:
    'The repository that reconcile follows could not be asked, fetched or read by the git command line. The manifests of the last good look stay in force, and what is due goes on. Run the printed line by hand, as the same user, to see what git says.',
  LOOP_COMMIT_REFUSED:
    'The ref that reconcile follows names a commit that does not come after the last one it applied: a branch was rewritten, or a tag was moved sideways. Keys that only the lost commits knew would be retired. The manifests of the last commit stay in force. If that is meant, start reconcile once with --accept-commit and the new commit.',
  LOOP_STATE_TRACKED:
    'The commit that reconcile would follow has the state of a machine among its files: the folder .keywright, or a file state.N.jsonl anywhere. Checked out, it would take the place of the state of this machine, and whoever can push could write records that authorise a delete. The commit is not followed; the manifests of the last one stay in force. Take it out of git and list it in .gitignore, or keep the state in a store that machines share.',
  LOOP_STORE:
    'The state store cannot tell two runs apart by compare-and-swap (it only has a lock), or it is gone with the process. A loop that nobody watches needs more than that: use local, git, s3 or postgres, or run apply from cron.',
  LOOP_LISTEN:
    'reconcile could not listen where --listen says: the port is taken, or the address is none of this machine. Nothing was done.',
  RUN_LATE:
    'More time than half of the shortest grace has passed since the last run. Old secrets then live longer than they should, and a run that fails has no second chance within the grace. Run apply at least that often, or use keywright reconcile.',
} as const
