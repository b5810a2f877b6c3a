export * from './genome.ts';
export * from './verdict/artifact-input.ts';
export * from './verdict/family.ts';
export * from './verdict/judge-artifact.ts';
export * from './verdict/judge-scan.ts';
export * from './verdict/label-set.ts';
export * from './verdict/sorted-genes.ts';
export * from './verdict/thresholds.ts';
