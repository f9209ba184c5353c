export interface Answer {
  readonly worker: number;
}

export function answerOf(worker: number): Answer {
  return { worker };
}
