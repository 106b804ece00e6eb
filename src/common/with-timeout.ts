/** What `work` resolves with, or what `late` returns or throws where that takes longer than `timeoutMs`. `work` goes on. */
export async function withTimeout<Result>(
  timeoutMs: number,
  work: Promise<Result>,
  late: () => Result,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  try {
    return await Promise.race([work, timeUp.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
