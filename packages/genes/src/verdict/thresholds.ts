/**
 * Every number that a verdict depends on. Starting values of the design; `docs/verdicts.md` says where each comes
 * from. A changed value is another rule: RULES is raised, and verdicts are judged anew.
 */
export const THRESHOLDS = Object.freeze({
  /**
   * Sequences of a code-sequence rule that must match for it to speak alone; with fewer it is evidence only. Rules of
   * yara-signator have ten and ask for seven.
   */
  signatureSequences: 7,
  /** Family-unique genes below which nothing is called malicious: chance and reuse reach four, a family more. */
  maliciousGenes: 5,
  /** They must lie in this many functions: one copied table-driven function is not a family. */
  maliciousFunctions: 2,
  /**
   * Genes of one malicious family alone over those that are neither common nor trusted nor of other malware. The
   * curve is in ADR 0015.
   */
  maliciousShare: 0.08,
  /** That share is enough from so many genes on; of fewer the larger one is asked for. */
  manyMaliciousGenes: 20,
  maliciousShareOfFew: 0.3,
  /**
   * An exact function counts from this length on. With one package of Debian as the only known family, 80 % of
   * unrelated programs share a function of 20 instructions with it (C start-up code), 3.1 % one of 30, 0.6 % one of
   * 50, and those are copied libraries.
   */
  exactFunctionInstructions: 50,
  /**
   * So many of them make a malicious family; fewer are evidence only. Templates of C++ libraries are compiled into
   * unrelated programs whole; beside 20 genes and 8 % four of them find what three do, and five no more (ADR 0015).
   */
  exactFunctions: 4,
  /** So many of its blocks must have genes that the same family alone has. */
  exactFunctionBlocks: 3,
  /** Weaker than malicious, still worth an analyst: few genes with a high share, or enough with a low one. */
  weakGenes: 3,
  /** An absent family reached 6.5 %; at 3 %, one program of thirty would be called a relative of any family. */
  weakShare: 0.065,
  /**
   * Another family is named before the libraries in an artifact where it has this share of what no library has: programs
   * of one compiler are no releases of its runtime.
   */
  besideLibrariesShare: 0.08,
  /** Share of the genes that are not common which trusted families must have. */
  trustedShare: 0.7,
  /** The same where a finding speaks against the code: borrowed genes must not buy an implant its trust. */
  trustedShareWithFinding: 0.9,
  /** Trusted from here without reserve; below it is probably trusted. */
  surelyTrustedShare: 0.9,
  /** With fewer trusted genes nothing is trusted, with fewer genes nothing is called unique. */
  fewGenes: 10,
  /** Share of genes in no family from which unknown code is called unique. */
  uniqueShare: 0.7,
  /**
   * An artifact is known software where one trusted family has this share of its genes that are not common. Small
   * programs that a compiler's runtime is linked into reach 90 %, and are no release of the runtime.
   */
  foreignMainShare: 0.92,
  /**
   * A block of the artifact's own family ends a group of foreign functions as much as so many foreign ones prolong it;
   * one that other software has, by chance or by reuse (one of seven), less.
   */
  foreignOwnWeight: 2,
  foreignOtherWeight: 0.5,
  /** Foreign code below this size is not told from noise. Blocks, functions. */
  foreignBlocks: 6,
  foreignFunctions: 2,
  /** Of all that is new in the artifact, so much lies in the group; an upgrade's new code lies all over it. */
  foreignConcentration: 0.6,
  /** More families than this make a gene common: it also bounds every look-up. */
  familiesPerGene: 16,
  /** Families kept in the evidence, strongest first. */
  familiesInEvidence: 20,
} as const);

export type Thresholds = { readonly [K in keyof typeof THRESHOLDS]: number };
