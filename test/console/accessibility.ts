import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { z } from 'zod';

const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const found = z.object({
  violations: z.array(
    z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string(), failureSummary: z.string() })) }),
  ),
  passes: z.array(z.object({ id: z.string() })),
});

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * What axe finds wrong on the page as it stands, one line each. It comes in by the browser's debugger, which the
 * page's policy does not bind. Throws Error where axe did not look at anything.
 */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(await source);
  const result = found.parse(await page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(STANDARDS)} })`));
  if (result.passes.length < 10) throw new Error('axe found next to nothing to look at; is the page there?');
  return result.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.html} ${node.failureSummary}`),
  );
}

/** Pixels by which the page is wider than the window; 0 where nothing has to be scrolled sideways. */
export async function sidewaysScroll(page: Page): Promise<number> {
  return z.number().parse(await page.evaluate('Math.max(0, document.documentElement.scrollWidth - innerWidth)'));
}

/** No fault, and no scrolling sideways, on a wide and on the smallest screen. */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  for (const width of [1400, 360]) {
    await page.setViewportSize({ width, height: 800 });
    assert.deepEqual(await accessibilityFaults(page), [], `${what} at ${width} px`);
    assert.equal(await sidewaysScroll(page), 0, `${what} at ${width} px`);
  }
  await page.setViewportSize({ width: 1400, height: 900 });
}
