import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { baseName, segments, visibleParts, visibleText } from './hostile.ts';

describe('hostile text', () => {
  it('leaves ordinary text as it is', () => {
    assert.equal(visibleText('/usr/lib/größe/日本語 file.so', 100), '/usr/lib/größe/日本語 file.so');
    assert.deepEqual(visibleParts('a b', 10), {
      parts: [{ kind: 'text', text: 'a b' }],
      omitted: 0,
      rightToLeft: false,
    });
    assert.deepEqual(visibleParts('', 10).parts, []);
  });

  it('shows controls, bidi overrides, zero widths, lone surrogates and odd spaces as what they are', () => {
    assert.equal(visibleText('inv\u202egpj.exe', 100), 'inv‹U+202E›gpj.exe');
    assert.equal(
      visibleText('a\u0000b\u001b[31m\nc\u200bd\ufeffe\u00adf', 100),
      'a‹U+0000›b‹U+001B›[31m‹U+000A›c‹U+200B›d‹U+FEFF›e‹U+00AD›f',
    );
    assert.equal(visibleText('x\ud800y', 100), 'x‹U+D800›y');
    assert.equal(visibleText('a\u00a0b\u3164c\u{e0041}', 100), 'a‹U+00A0›b‹U+3164›c‹U+E0041›');
    assert.equal(visibleParts('\u202e', 5).parts[0]?.title, 'U+202E right-to-left override');
  });

  it('shows spaces at either end, and text of spaces alone', () => {
    assert.equal(visibleText('svchost.exe  ', 100), 'svchost.exe··');
    assert.equal(visibleText(' a', 100), '·a');
    assert.equal(visibleText('  ', 100), '··');
  });

  it('unpiles combining marks', () => {
    assert.equal(visibleText('e\u0301', 10), 'e\u0301');
    assert.match(visibleText(`e${'\u0301'.repeat(50)}`, 100), /^e\u0301{3}‹U\+0301›/);
  });

  it('bounds length, says how much is left out, and never cuts a pair', () => {
    const huge = visibleParts('A'.repeat(1_048_576), 200);
    assert.equal(huge.omitted, 1_048_376);
    assert.equal(huge.parts[0]?.text.length, 200);
    assert.equal(visibleText('a😀b', 2), 'a…');
  });

  it('never lets an invisible character through and never loses one that is shown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const { parts, omitted } = visibleParts(text, 1_000);
        assert.equal(omitted, 0);
        for (const part of parts) {
          if (part.kind === 'text') assert.doesNotMatch(part.text, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          else assert.match(part.text, /^(‹U\+[0-9A-F]{4,6}›|·)$/);
        }
        const back = parts
          .map((part) => {
            if (part.kind === 'text') return part.text;
            return part.text === '·' ? ' ' : String.fromCodePoint(Number.parseInt(part.text.slice(3, -1), 16));
          })
          .join('');
        assert.equal(back, text);
      }),
    );
  });

  it('isolates the segments of paths in right-to-left scripts', () => {
    assert.equal(visibleParts('/home/אב/גד', 50).rightToLeft, true);
    assert.deepEqual(segments('C:\\אב\\גד'), ['C:\\', 'אב\\', 'גד']);
  });

  it('takes the last segment of a path', () => {
    assert.equal(baseName('/usr/sbin/sshd'), 'sshd');
    assert.equal(baseName('C:\\Windows\\lsass.exe'), 'lsass.exe');
    assert.equal(baseName('systemd'), 'systemd');
    assert.equal(baseName('/'), '/');
    assert.equal(baseName('/tmp/dir/'), 'dir');
    assert.equal(baseName(''), '');
  });
});
