exports.answerOf = (worker: number): { worker: number } => ({ worker });
