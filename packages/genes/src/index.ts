export * from './genome.ts';
