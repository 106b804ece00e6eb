/** The path of Chromium; undefined if it is not installed. */
export function chromiumPath(): string | undefined;

/** The path of nginx; undefined if it is not installed. */
export function nginxPath(): string | undefined;

/** The path of PHP; undefined if it is not installed. */
export function phpPath(): string | undefined;
