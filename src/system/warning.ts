import { WARNING_CODES } from '../core/errors.ts';
import type { WarningCode } from '../core/errors.ts';

const warned = new Set<WarningCode>();

/** Emits a process warning of the type GrappoloWarning, once for each code. */
export function warnOnce(code: WarningCode, detail?: string): void {
  if (warned.has(code)) return;
  warned.add(code);
  process.emitWarning(WARNING_CODES[code], { type: 'GrappoloWarning', code, ...(detail && { detail }) });
}
