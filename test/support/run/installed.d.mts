/** The path of the browser; undefined where none is installed. */
export function chromiumPath(): string | undefined;

/** The path of the web server; undefined where it is not installed. */
export function nginxPath(): string | undefined;
