/** Every expected refusal: code, HTTP status, and the sentence shown. `{…}` is filled by the caller. */
export const ERRORS = {
  bad_request: { status: 400, message: 'The request is not valid: {details}' },
  bad_key: { status: 401, message: 'The API key is wrong, expired or revoked' },
  not_signed_in: { status: 401, message: 'Sign in first, or send an API key' },
  bad_credentials: { status: 401, message: 'The name or the password is wrong' },
  provider_refused: { status: 403, message: 'The sign-in provider did not let you in: {details}' },
  second_factor_needed: { status: 401, message: 'Give the code of the second factor, too' },
  password_change_needed: { status: 403, message: 'Choose a password of your own first' },
  quota_used: { status: 403, message: 'The quota of this month is used up: {details}' },
  forbidden: { status: 403, message: 'Insufficient Permissions' },
  not_found: { status: 404, message: '{what} was not found' },
  not_supported: { status: 404, message: 'Not supported' },
  conflict: { status: 409, message: '{details}' },
  idempotency_open: {
    status: 409,
    message: 'A request with this Idempotency-Key runs still, or its answer is not known; look whether it was done',
  },
  idempotency_reused: { status: 422, message: 'This Idempotency-Key belongs to another request' },
  scan_over: { status: 409, message: 'This scan has ended; it takes nothing more' },
  not_wanted: { status: 409, message: 'These bytes were not announced by this scan' },
  wrong_layout: { status: 422, message: 'The bytes do not fit the route: {details}' },
  pack_refused: { status: 422, message: 'The pack was refused: {details}' },
  too_large: { status: 413, message: 'The body is larger than {limit} bytes' },
  unsupported_media: { status: 415, message: 'Send {expected}' },
  too_many_requests: { status: 429, message: 'Too many requests; try again in {seconds} s' },
  disk_full: { status: 507, message: 'The server has no space left; nothing of this request was kept' },
  unavailable: { status: 503, message: 'The server cannot take this now: {details}' },
  internal: { status: 500, message: 'Something went wrong on the server; its log has it under id {id}' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof ERRORS;
