import { parseDatabaseUrl } from './database-url.js';
import { databaseUrls, envVariables, type VariableName } from './env-variables.js';

const mask = '***';
/** Part of the names of variables whose values are secrets, whatever they look like. */
const secretName = /(SECRET|TOKEN|PASSWORD|HEADERS|KEY)(?!.*_SECONDS$)/;

/** `NAME=value` for every variable that differs from its default, with secrets and passwords masked. */
export function shownValues(environment: Record<string, string | undefined>): string[] {
  return (Object.keys(envVariables) as VariableName[]).flatMap((name) => {
    const value = environment[name];
    if (value === undefined || value === '' || value === envVariables[name].default) return [];
    return [`${name}=${shownValue(name, value)}`];
  });
}

function shownValue(name: VariableName, value: string): string {
  if (secretName.test(name)) return mask;
  const database = /^\s*(mysql|mariadb):/i.test(value) || databaseUrls.includes(name);
  return oneLine(database ? withoutPassword(value) : value.replace(/\/\/[^/?#]*@/g, `//${mask}@`));
}

function withoutPassword(url: string): string {
  const parsed = parseDatabaseUrl(url);
  // A password with a raw character can be anywhere in it.
  if (typeof parsed === 'string') return mask;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${encodeURIComponent(parsed.username)}:${mask}@${host}${pathname}`;
}

function oneLine(value: string): string {
  return value.length > 200 || /[\p{Cc}]/u.test(value) ? JSON.stringify(value.slice(0, 200)) : value;
}
