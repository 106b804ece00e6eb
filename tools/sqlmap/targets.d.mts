export interface Target {
  name: string;
  method: string;
  path: string;
  query?: Record<string, string>;
  form?: Record<string, string>;
  json?: Record<string, string>;
  tested: string[];
  restore?: Record<string, string>;
  holes?: string[];
}

export function ajaxTargets(
  actions: ReadonlyMap<string, { fields: string[] }>,
  examples: Record<string, object>,
): Target[];
export function restTargets(document: object): Target[];
