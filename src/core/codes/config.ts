/** Problems in keywright.yaml and in what is allowed from outside. Nothing is sent anywhere while there is one. */
export const CONFIG_CODES = {
  CONFIG_MISSING:
    'No keywright.yaml was found in this folder or any folder above it. keywright init writes one; -C DIR starts elsewhere.',
  CONFIG_SYNTAX:
    'keywright.yaml is not YAML (or JSON) that keywright accepts: a broken line, a tab used as indentation, several documents, a tag, a directive, or something other than a mapping at the top. Mend the line that the position shows.',
  CONFIG_ENCODING:
    'keywright.yaml is not plain UTF-8 text: it holds invalid bytes, a NUL or another control character. A byte order mark or Windows line ends are accepted with a warning.',
  CONFIG_TOO_LARGE:
    'keywright.yaml is larger, more deeply nested or uses more aliases than any sensible configuration. It was not read to its end.',
  CONFIG_UNREADABLE:
    'keywright.yaml exists but could not be read. Check its permissions, and that it is a file and not a folder.',
  CONFIG_DUPLICATE_FIELD:
    'One mapping has the same member twice, so one of the two would silently win. Remove one of them.',
  CONFIG_FORBIDDEN_NAME:
    'The name __proto__ has a special meaning in JavaScript and is refused everywhere. Use another name.',
  CONFIG_UNKNOWN_FIELD:
    'A member is not one keywright knows. A misspelled guard would otherwise guard nothing. Correct the name, or remove the line.',
  CONFIG_WRONG_VALUE:
    'A value is not of the kind its option takes. The message says what is expected; the hint shows a line that works.',
  CONFIG_BLANK:
    'An option is written without a value (or as null). keywright does not guess what was meant. Write a value, or remove the line.',
  CONFIG_NOT_SUPPORTED:
    'The option or kind is planned, but this release does not do what it asks for. It is an error rather than ignored. Remove it, or use a later release.',
  CONFIG_LOOKS_SECRET:
    'A value in keywright.yaml looks like an API key or another credential. The file is committed, so the credential must be treated as leaked: revoke it. Then name where the new one is found, as in token: { env: OPENROUTER_MANAGEMENT_KEY }.',
  CONFIG_SOURCE_LITERAL:
    'Where a credential is needed, keywright.yaml names its source and never holds the credential itself: { env: NAME }, { file: PATH } or { exec: [program, argument] }. A list of sources means the first that works.',
  CONFIG_STACK_MISSING:
    'keywright.yaml names no stack. Every key is addressed as stack/id, so there must be one: stack: at the top, or one in each environment.',
  CONFIG_STACK_INVALID:
    'A stack name starts with a lower-case letter or digit and goes on with lower-case letters, digits or dashes, at most 40 characters. Two environments must not share one, or each would retire the keys of the other.',
  CONFIG_STACK_AND_ENVIRONMENTS:
    'keywright.yaml has both stack: and environments:. With environments each of them has a stack of its own, so the one at the top would never be used. Remove it.',
  CONFIG_ENVIRONMENT_MISSING:
    'keywright.yaml declares environments, so a run has to say which one it means: -e NAME or KEYWRIGHT_ENV.',
  CONFIG_ENVIRONMENT_UNKNOWN:
    'The environment asked for with -e is not declared in keywright.yaml. Correct the name, or add it under environments:.',
  CONFIG_FREEZE_INVALID:
    'A freeze has a beginning, a later end and a reason. Both moments are in UTC: a day such as 2027-12-20 means its first moment, an instant is written with seconds, as in 2027-12-20T18:00:00Z. The end is the first moment that is free again.',
  CONFIG_PROVIDER_MISSING:
    'keywright.yaml configures no provider, so there is no key API to talk to. Add one under providers:.',
  CONFIG_URL_INVALID:
    'An address of a service must be a plain https URL: no user or password in it, no query, no fragment, a host name in ASCII. http is accepted only on this machine (loopback), since a credential is sent along.',
  CONFIG_HOST_NOT_ALLOWED:
    'A credential would be sent to a host that is neither the default of its kind nor this machine. Whoever can change keywright.yaml could redirect the management key, so the permission has to come from outside the repository: list the host in the environment variable KEYWRIGHT_ALLOW_HOSTS.',
  CONFIG_EXEC_NOT_ALLOWED:
    'keywright.yaml wants to run a command. Whoever can change the file could run anything, so the permission has to come from outside the repository: set the environment variable KEYWRIGHT_ALLOW_EXEC=1.',
  CONFIG_TRUST_REF:
    '--trust names a git ref from which keywright.yaml is read, and git has no such commit in this clone. A shallow clone of a pull request has only its own commits: fetch the branch that is trusted first.',
  CONFIG_TRUST_MISSING:
    'The commit that --trust names has no keywright.yaml, or something else than a regular file by that name. What the working tree holds is not used instead. The first keywright.yaml of a repository has to be merged before pull requests can be planned with --trust.',
  CONFIG_OUTSIDE:
    'keywright.yaml is a symbolic link that leads out of its folder, or to a file of another name. What is there could be anything, so it is not read.',
  CONFIG_OWNERS_MISSING:
    "keywright codeowners prints who reviews what, and keywright.yaml names nobody. Write owners at its top, for keywright.yaml itself and all that is no team's, and owners in each team.",
} as const
