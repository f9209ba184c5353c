// Tests that pass, or are left out.
import { describe, it } from 'node:test';

describe('a suite', () => {
  it('passes', () => {});
  it('is left out', { skip: 'for a reason' }, () => {});
});
