import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { imageFormat, layoutProblem } from './magic.ts';

const head = (...bytes: number[]) => Uint8Array.from([...bytes, ...new Array<number>(60).fill(0)]);

test('images are known by their magic', () => {
  assert.equal(imageFormat(head(0x7f, 0x45, 0x4c, 0x46)), 'elf');
  assert.equal(imageFormat(head(0x4d, 0x5a, 0x90, 0)), 'pe');
  assert.equal(imageFormat(head(0xcf, 0xfa, 0xed, 0xfe)), 'macho');
  assert.equal(imageFormat(head(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2)), 'macho');
  assert.equal(imageFormat(head(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65)), null, 'a Java class');
});

test('only raw memory may look like anything', () => {
  const script = new TextEncoder().encode('#!/bin/sh\necho secret\n');
  assert.notEqual(layoutProblem('file', script), null);
  assert.notEqual(layoutProblem('mapped', script), null);
  assert.equal(layoutProblem('raw', script), null);
});

test('property: any head is judged without an error', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => void imageFormat(bytes)));
});
