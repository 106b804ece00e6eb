/** Builds `dist` when it is older than its sources. @throws Error when the build fails */
export function buildDist(): Promise<void>;
