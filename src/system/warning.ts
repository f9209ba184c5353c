/** The codes of process warnings. */
export type WarningCode = 'GRAPPOLO_FOREIGN_WORKER' | 'GRAPPOLO_NO_QUEUE_LANE';

const warned = new Set<WarningCode>();

/** Emits a process warning of the type GrappoloWarning, once for each code. */
export function warnOnce(code: WarningCode, message: string): void {
  if (warned.has(code)) return;
  warned.add(code);
  process.emitWarning(message, { type: 'GrappoloWarning', code });
}
