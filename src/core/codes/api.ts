/** Failures of a key API. */
export const API_CODES = {
  API_UNREACHABLE:
    'The key API could not be reached, or kept failing after several tries. Nothing is lost: what was under way is recorded. Check the network and the base URL, then run the same command again.',
  API_UNAUTHORIZED:
    'The key API refused the management key. It may be mistyped, deleted or disabled. Create a management key in the dashboard of the API, put it where the provider in keywright.yaml looks for it, and run again.',
  API_NOT_MANAGEMENT_KEY:
    'The configured token works, but it is an ordinary key, and ordinary keys cannot manage other keys. Create a management key in the dashboard and use that one.',
  API_REJECTED:
    'The key API understood the request and said no. The message holds its reason. Nothing was created or changed by this request; mend the manifest entry and run again.',
  API_RATE_LIMITED:
    'The key API asked to slow down for longer than this run wanted to wait. What is open is recorded and safe: run again later.',
  API_KEY_UNKNOWN:
    'The key API has no live key with that hash. It was deleted already, or it belongs to another account than that of the management key. Nothing was changed.',
  API_BAD_RESPONSE:
    'The answer of the key API did not have the documented shape. Something between here and the API may have answered instead of it. Nothing was concluded from that answer.',
  API_WORKSPACE_UNKNOWN:
    'A manifest names a workspace that this account does not have. Check workspaceId (a slug or a UUID) against the dashboard.',
  API_WRITE_QUOTA:
    'The budget of writes for this UTC day is used up. Open work is parked, with a reserve kept for disabling keys; it goes on after 00:00 UTC, or with a larger writesPerDay in the provider.',
  MARKER_NOT_KEPT:
    'The API stored another name than the one that was sent, so keywright could not recognise its own key later. The key was deleted at once and the run stopped. Shorten the display name.',
  CLOCK_SKEW:
    'The clock of this machine and the clock of the API differ by more than two minutes. Creating and updating go on, but nothing is rotated or retired until the clocks agree. Mend the clock (NTP) and run again.',
  PROOF_FAILED:
    'A newly issued secret was refused by the API for a whole minute, so it was never delivered. The key is deleted and another generation is issued by the next run.',
  API_GUARDRAIL_UNKNOWN:
    'The manifest names a guardrail that the workspace of this key does not have, or that several guardrails there are called. The key is left alone, since it would run unguarded. Create the guardrail, correct the name, or write its id.',
} as const
