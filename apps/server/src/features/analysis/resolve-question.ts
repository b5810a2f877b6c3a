import { AppError } from '@genehound/contract';
import { distinctGenes, encodeGeneSet, type GeneSet, SCHEME } from '@genehound/genes';
import type { KnowingContext } from '../genome/read.ts';
import type { CodeQuestion, ResolvedQuestion } from './code-search-store.ts';
import { ChildBroken } from './extraction/asking-child.ts';
import { labelledGenome, nameOfGene } from './labelled-genome.ts';
import { ruleTextProblem } from './rule-text.ts';
import type { Signatures } from './signatures.ts';

type Of<K extends CodeQuestion['by']> = Extract<CodeQuestion, { readonly by: K }>;

function setOf(genes: readonly string[]): GeneSet {
  return distinctGenes(
    Uint32Array.from(genes, (gene) => Number.parseInt(gene.slice(0, 8), 16)),
    Uint32Array.from(genes, (gene) => Number.parseInt(gene.slice(8), 16)),
  );
}

function resolveGenes(question: Of<'gene'>): ResolvedQuestion {
  const set = setOf(question.genes);
  if (question.least > set.high.length)
    throw new AppError('bad_request', { details: 'least: more than there are distinct genes' });
  return { question, genes: encodeGeneSet(set, SCHEME), least: question.least, functionGene: null };
}

/** The genes of a function that are not common: whoever has these may have the function. */
async function resolveFunction(
  context: KnowingContext,
  organisation: string,
  question: Of<'function'>,
): Promise<ResolvedQuestion> {
  const { sha256, layout, function: number } = question;
  const asked = await labelledGenome(context, { organisation, sha256, layout });
  const { functionHigh, functionLow } = asked.genome;
  if (number >= functionHigh.length) throw new AppError('not_found', { what: 'The function' });
  const blocks = asked.blocksOf(number).filter((block) => !asked.block(block).common);
  const genes = new Set(blocks.map((block) => asked.genesOf(block)[1]));
  const own = nameOfGene(functionHigh[number], functionLow[number]);
  // 0 is no gene: a function below the least length has none.
  const functionGene = /^0*$/.test(own) || asked.func(number).common ? null : own;
  if (genes.size === 0 && functionGene === null)
    throw new AppError('conflict', { details: 'This function has only code that is too short or that everybody has' });
  return {
    question,
    genes: encodeGeneSet(setOf([...genes, ...(functionGene === null ? [] : [functionGene])]), SCHEME),
    least: Math.max(1, Math.ceil(genes.size / 2)),
    functionGene,
  };
}

async function resolveRule(signatures: Signatures, question: Of<'rule'>): Promise<ResolvedQuestion> {
  const { text } = question;
  const name = /\brule\s+([A-Za-z_]\w{0,127})/.exec(text)?.[1] ?? '';
  const refused = ruleTextProblem(name, text);
  if (refused !== null) throw new AppError('bad_request', { details: `text: ${refused}` });
  try {
    const [problem] = await signatures.check([{ name, text }]);
    if (problem !== undefined) throw new AppError('bad_request', { details: `text: ${problem.problem}` });
  } catch (error) {
    if (!(error instanceof ChildBroken)) throw error;
    throw new AppError('unavailable', { details: `No rule can be run here. ${error.message}` });
  }
  return { question, genes: null, least: 1, functionGene: null };
}

/** AppError bad_request, not_found, conflict, unavailable where it cannot be asked. */
export async function resolveQuestion(
  context: KnowingContext,
  signatures: Signatures,
  organisation: string,
  question: CodeQuestion,
): Promise<ResolvedQuestion> {
  if (question.by === 'gene') return resolveGenes(question);
  if (question.by === 'function') return await resolveFunction(context, organisation, question);
  if (question.by === 'rule') return await resolveRule(signatures, question);
  return { question, genes: null, least: 1, functionGene: null };
}
