/** The path of Chromium; undefined if it is not installed. */
export function chromiumPath(): string | undefined;

/** The path of nginx; undefined if it is not installed. */
export function nginxPath(): string | undefined;

/** The path of PHP; undefined if it is not installed. */
export function phpPath(): string | undefined;

/** The path of promtool; undefined if it is not installed. */
export function promtoolPath(): string | undefined;

/** The folder of the generators of clients. */
export const clientTools: string;
/** Whether `npm ci` was run there. */
export function clientGeneratorsAreInstalled(): boolean;
