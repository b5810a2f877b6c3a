/** An archive that is damaged, cut, or claims more than the limits. Costs that archive, nothing else. */
export class ArchiveError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ArchiveError';
  }
}
