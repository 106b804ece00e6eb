/** MySQL errors for a missing table or column, a view of such, or missing privileges. */
export function isMissingOrForbidden(error: unknown): boolean {
  return [1054, 1142, 1143, 1146, 1356].includes((error as { errno?: number }).errno ?? 0);
}

export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
