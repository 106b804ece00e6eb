import type { DataSource, QueryRunner } from 'typeorm';

/** Runs `work` with a connection of its own, which is released afterwards. @throws what `work` throws */
export async function withQueryRunner<Result>(
  dataSource: DataSource,
  work: (runner: QueryRunner) => Promise<Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner('master');
  try {
    return await work(runner);
  } finally {
    await runner.release();
  }
}
