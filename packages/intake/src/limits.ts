/** What one request of a scanner may be. docs/operate.md names these to operators. */
export const INTAKE_LIMITS = {
  /** One artifact, after decompression. Bytes. */
  binary: 157_286_400,
  /** One message of JSON, after decompression. Bytes. */
  json: 67_108_864,
  /** Messages of all requests together that are in memory at the same time. Bytes. */
  jsonInMemory: 268_435_456,
  /** Depth of arrays and objects in a message. */
  depth: 32,
  /** Values in a message: what the longest lists that the contract allows can hold. */
  values: 4_000_000,
  /** Bytes of a refused body that are still read, so that the client gets to read the answer. */
  drain: 33_554_432,
  /** Milliseconds for that. */
  drainTime: 3_000,
} as const;
