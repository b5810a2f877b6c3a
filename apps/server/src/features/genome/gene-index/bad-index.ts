/** An index that cannot be trusted. It is no loss: the keeper builds another. */
export class BadIndex extends Error {}
