/** Problems in manifest files. Nothing is sent anywhere while there is one. */
export const MANIFEST_CODES = {
  MANIFEST_SYNTAX:
    'The file is not YAML (or JSON) that keywright accepts: a broken line, a tab used as indentation, several documents in one file, a tag, a directive, an anchor that is never set, or something other than a mapping at the top. The position shows where reading stopped making sense. Mend that line; two spaces per level and quotes around texts with special characters solve most cases.',
  MANIFEST_ENCODING:
    'The file is not plain UTF-8 text: it holds invalid bytes, a NUL or another control character. Save it as UTF-8 without control characters. A byte order mark or Windows line ends are accepted with a warning.',
  MANIFEST_TOO_LARGE:
    'The file is larger, more deeply nested or uses more aliases than any sensible manifest. It was not read to its end, so that a hostile file cannot make a run slow. Split it into several files, and use forEach or profiles instead of aliases.',
  MANIFEST_UNREADABLE:
    'The file exists but could not be read. Check its permissions, and that it is a file and not a folder.',
  MANIFEST_DUPLICATE_FIELD:
    'One mapping has the same member twice, so one of the two would silently win. Remove one of them.',
  MANIFEST_FORBIDDEN_NAME:
    'The name __proto__ has a special meaning in JavaScript and is refused everywhere. Use another name.',
  MANIFEST_UNKNOWN_FIELD:
    'A member is not one keywright knows. A misspelled field would otherwise be ignored, which for a limit means no limit at all. Correct the name, or remove the line.',
  MANIFEST_WRONG_VALUE:
    'A value is not of the kind its field takes. The message says what is expected; the hint shows a line that works.',
  MANIFEST_BLANK:
    'A field is written without a value (or as null). keywright does not guess whether that means none, unlimited or a forgotten edit. Write a value, or remove the line; to drop an inherited value write unset: [field].',
  MANIFEST_HOOK_INVALID:
    'A hook in after: is not one of a known kind, lacks something its kind needs, or goes through no sink that keywright.yaml has and allows it to. Correct it, or add the sink; the hint says how.',
  MANIFEST_NOT_SUPPORTED:
    'The field is part of the manifest language, but this release does not do what it asks for. It is an error rather than ignored, because a rule that silently does nothing is worse than none. Remove it, or use a later release.',
  MANIFEST_LOOKS_SECRET:
    'A value in a file looks like an API key or another credential. Files are committed and shown in plans; credentials belong elsewhere. If it is a real one, treat it as leaked: revoke it. Where a credential is needed, name its source, as in { env: NAME }.',
  MANIFEST_FILE_IGNORED:
    'A file has nearly the name of a manifest, but no manifest pattern matches it, so its keys are not read. Rename it to end in .keys.yaml, or list its pattern under manifests: in keywright.yaml.',
  MANIFEST_NONE:
    'No manifest file was found, or the files found declare no keys. An empty folder is more often a wrong path than a wish to retire everything, so this is an error. Check manifests: in keywright.yaml; to really retire everything, run with --allow-empty.',
  MANIFEST_ID_INVALID:
    'The name of a key is not a valid id. An id has one to three parts separated by "/"; each part starts with a lower-case letter or digit, goes on with letters, digits, dots, underscores or dashes, and has at most 40 characters.',
  MANIFEST_ID_DUPLICATE:
    'Two entries declare the same id, in one file or in two. One address can have only one entry. Rename or remove one of them; to change a key in one environment only, use patch: in a file below env/.',
  MANIFEST_NAME_INVALID:
    'The display name cannot carry the marker by which keywright recognises its keys: it is too long (with marker at most 200 characters), holds a line break or control character, or already contains something that reads as a marker. Choose a shorter, plain name.',
  MANIFEST_PROVIDER_UNKNOWN:
    'An entry names a provider that keywright.yaml does not configure, or names none while several are configured. Write provider: in the entry, in defaults: or in its profile.',
  MANIFEST_PROFILE_UNKNOWN:
    'like: names a profile that keywright.yaml does not have. Add it under profiles:, or correct the name.',
  MANIFEST_SINK_UNKNOWN:
    'deliverTo names a sink that keywright.yaml does not configure. Add it under sinks:, or correct the name.',
  MANIFEST_PLACE_INVALID:
    'An entry of deliverTo does not say a usable place for its kind of sink, or the sink does not allow that place. The message names the member that is wrong.',
  MANIFEST_PLACE_DUPLICATE:
    'Two keys (or one key twice) deliver to the same place, where the later secret would overwrite the other one. Give each key a place of its own.',
  MANIFEST_DELIVER_MISSING:
    'A key has no deliverTo. Its secret is shown once, at its creation, so a key nobody receives could never be used. Add at least one place.',
  MANIFEST_LIMIT_MISSING:
    'A key says nothing about its spending limit, neither itself nor through defaults or profile. No limit is a decision, so it has to be written: a number of USD, or unlimited.',
  MANIFEST_SCOPES_MISSING:
    'A Strait key says nothing about its scopes, neither itself nor through defaults or profile. It can do exactly what its scopes allow, and the API refuses a key without any, so they have to be written: scopes: [jobs:read, jobs:trigger]. The scope * allows everything.',
  MANIFEST_FIELD_NOT_FOR_KIND:
    'A field does not exist at the kind of key API this key is issued by. The message says what that API has instead. Remove the field, drop an inherited one with unset: [field], or move it from defaults to the keys it is meant for.',
  MANIFEST_EXPIRY_CONFLICT:
    'expiresAt ends a key for ever, expiresIn renews it: both together contradict each other. Keep one; to drop an inherited one write unset: [expiresIn].',
  MANIFEST_EXPIRY_INVALID:
    'expiresAt must be a UTC instant with seconds, as the key API accepts no other form. expiresIn of a Strait key must be whole days from 1 to 36500, since that API counts days.',
  MANIFEST_EXPIRY_MISSING:
    'A Strait key has no expiresIn. This is a warning: a project may have a longest lifetime of its own, which then holds, but any other project refuses a key without an end. Write expiresIn: 90d; each generation is renewed in time.',
  MANIFEST_EXPIRY_PAST:
    'expiresAt lies in the past, so the key would be dead at birth. Write a later instant, or remove the key.',
  MANIFEST_ROTATION_IMPOSSIBLE:
    'The times of a rotation do not fit together. The old generation must be gone before the next rotation (grace + hold < every; with retire.when: unused the longer of grace and retire.by counts), and all of it, with jitter and a margin of 14 days or a third of the lifetime, must fit into expiresIn (every + jitter + grace + hold + margin <= expiresIn). Otherwise an old secret could expire while somebody still uses it. A window must be open for at least an hour within each every, or within a week. retire.by must leave room for grace and quiet. native: true needs a grace of 24h to 7d. hold: 0 (or grace: 0, where a key cannot be disabled) is refused for places that are written unconditionally, since that is the time in which a late write is noticed.',
  MANIFEST_BUDGET_IMPOSSIBLE:
    'rotation.budget: carry lets an old and a new generation share one limit, so that a rotation never adds to what may be spent. That needs a limit that is a number and is managed, and a loop that moves the shares at least twice within grace: loop: { every: 10m } in keywright.yaml declares that something applies that often. Without those, write budget: fresh: the new generation then starts a counter of its own.',
  MANIFEST_WORD_UNKNOWN:
    'A ${...} word is not one of the closed set: ${id}, ${env}, ${each.key}, ${each.value.x} and ${var.name}. Environment variables and secrets are never interpolated; in the template of a place ${secret} and facts of the key stand too.',
  MANIFEST_FOREACH_INVALID:
    'forEach must be a list of names, a mapping from names to values, or { file: people.csv } with a CSV file below the project folder; and the id of the entry must contain ${each.key}, so that each row gets an address of its own.',
  MANIFEST_PATCH_MISSED:
    'A patch changes an id that no manifest declares. Either the id is misspelled or the key is gone. Correct the id or remove the patch.',
  MANIFEST_PATCH_MISPLACED:
    'patch: belongs to one environment, so it is only read in files below env/<environment>/. In any other file change the key itself.',
  MANIFEST_PATCH_DUPLICATE: 'Two patches change the same id, so their order would matter. Merge them into one.',
  MANIFEST_MOVED_INVALID:
    'moved: renames the address of a key that was declared as "from" and is now declared as "to". "from" must be gone from the manifests, "to" must be there, and no id may be moved twice.',
  MANIFEST_HANDED_OVER_INVALID:
    'handedOver: leaves a live key to another stack. Its id must be gone from the manifests, and "to" must be a valid stack name other than this one.',
  MANIFEST_OUTSIDE:
    'A manifest is a symbolic link that leads out of the folder of keywright.yaml, or to a file that is no manifest. What is there could be a secret and would show up in messages, so it is not read.',
  MANIFEST_ADOPT_INVALID:
    'An entry of adopt names a live key by its hash (as keywright census --json prints it, never the secret), the id of an entry that describes it from now on, and, where another stack gave it away, that stack as from.',
} as const
