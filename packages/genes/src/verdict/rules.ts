/**
 * The number of the rules by which genes become verdicts: everything in this folder, thresholds among them. Whoever
 * changes a rule raises it, and the servers judge what they have stored again. A test holds it against the sources.
 */
export const RULES = 2;
