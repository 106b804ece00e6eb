/**
 * Waits for `work` for at most `timeoutMs`, then returns or throws what `onTimeout` does. `work` itself is not cancelled.
 */
export async function withTimeout<Result>(
  timeoutMs: number,
  work: Promise<Result>,
  onTimeout: () => Result,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  try {
    return await Promise.race([work, timeUp.then(onTimeout)]);
  } finally {
    clearTimeout(timer);
  }
}
