/** Failures of a place that receives secrets. */
export const SINK_CODES = {
  SINK_UNREACHABLE:
    'A place could not be read or written just now. No key was lost and the previous secret keeps working. Mend the place, then run again.',
  SINK_DENIED: 'A place refused the write. Check the permissions of the file, folder or service, then run again.',
  PLACE_CONFLICT:
    'A place changed while a secret was on its way to it, so nothing was overwritten. If another run did it, that run finishes the work; otherwise run again and the place is written with a fresh generation.',
  PLACE_OWNED:
    'The stamp beside a place says that it belongs to another key, of this stack or of another one, so nothing was written and no key was issued for it. Choose another place, or take that stamp away if its owner is gone; the hint of the message shows how.',
  SINK_MISFIT:
    'The service behind a sink is not what keywright.yaml says: no such engine at that mount, or one of another kind or version. Nothing was written. Correct the sink in keywright.yaml, then run again.',
  SINK_FILE_NOT_IGNORED:
    'A file that would hold secrets is one that git would track. Add it to .gitignore first (echo .env.keys >> .gitignore), or choose another path; if it was committed before, take it out of the index with git rm --cached and treat what it held as leaked. Nothing was written.',
  SINK_PATH_OUTSIDE:
    'A file place must stay below the folder of keywright.yaml: no absolute path, no "..", no symbolic link that leads out of it.',
  SINK_FILE_UNREADABLE:
    'A file that should receive a secret has a content keywright cannot edit safely (not UTF-8, not a JSON object, an unfinished quote, or a SOPS file whose seal does not fit). It was left untouched. Mend or move the file, then run again.',
  SINK_EXEC_FAILED:
    'The command of an exec sink failed, timed out or printed something other than the documented JSON. Its standard error is not shown, as it may hold the secret. Run the command by hand with an example envelope.',
  SOURCE_REFUSED:
    'A token service, or a place that should hold a token, gave none: it refused the signed token of this job, could not be reached, or the place is not one of its kind. Where several sources are listed, the next one is tried. `keywright doctor` shows each source and what to look at.',
  PACKAGE_MISSING:
    'A sink or a token source works through the SDK of its vendor, and that package is not installed. SDKs are optional, so that nobody installs those of clouds they do not use. Install what the hint names, in the folder of keywright.yaml or beside keywright, then run again.',
} as const
