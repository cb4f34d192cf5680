import { expect, it } from 'vitest';
import { sha256Hex } from '../../src/numeric/sha256.js';
import { FINGERPRINTS } from './fingerprints.js';
import { WORKLOADS } from './workloads.js';

it.each(Object.keys(WORKLOADS))('%s: the bits are those of every other engine', (name) => {
  expect([name, sha256Hex(WORKLOADS[name]())]).toEqual([name, FINGERPRINTS[name]]);
});

it('every digest belongs to a workload', () => {
  expect(Object.keys(FINGERPRINTS).filter((name) => !(name in WORKLOADS))).toEqual([]);
});
