import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { linkLines, readLinks } from './link-lines.ts';

describe('links as lines', () => {
  it('reads titles and addresses, and refuses what is no address of the web', () => {
    assert.deepEqual(readLinks('A report  https://example.org/a\n\n https://example.org/b '), [
      { title: 'A report', url: 'https://example.org/a' },
      { title: 'https://example.org/b', url: 'https://example.org/b' },
    ]);
    for (const line of ['a title alone', 'x javascript:alert(1)', 'x ftp://example.org', 'http://', 'https:// x'])
      assert.equal(readLinks(line), undefined, line);
  });

  it('gives back what it wrote', () => {
    const title = fc.string({ minLength: 1, maxLength: 40 }).map((text) => text.replace(/\s+/g, ' ').trim() || 'x');
    const link = fc.record({ title, url: fc.webUrl() });
    fc.assert(
      fc.property(fc.array(link, { maxLength: 5 }), (links) => {
        // The generator's records have no prototype.
        assert.deepEqual(
          readLinks(linkLines(links)),
          links.map((one) => ({ ...one })),
        );
      }),
    );
  });
});
