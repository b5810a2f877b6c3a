/** Writes the documents that follow from the contract: `node packages/contract/scripts/generate.ts`. */
import { writeFileSync } from 'node:fs';
import { DOCUMENTS, textOf } from './documents.ts';

for (const { url, make } of DOCUMENTS) writeFileSync(url, textOf(make()));
