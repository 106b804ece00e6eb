/** The path of the browser; undefined where none is installed. */
export function chromiumPath(): string | undefined;
