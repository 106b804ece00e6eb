import { envVariables, type VariableName } from './env-variables.js';

/** Reads environment variables and collects every problem, so that all of them are reported at once. */
export class EnvReader {
  readonly problems: string[] = [];

  constructor(private readonly environment: Record<string, string | undefined>) {}

  /** The value, or its default if the variable is unset or empty. */
  text(name: VariableName): string {
    const value = this.environment[name];
    return value === undefined || value === '' ? envVariables[name].default : value;
  }

  /** The value, or undefined if the variable is unset or empty and has no default. */
  optional(name: VariableName): string | undefined {
    const value = this.text(name);
    return value === '' ? undefined : value;
  }

  /** A decimal integer in the given range. Returns a value outside of it, or NaN, after adding a problem. */
  integer(name: VariableName, minimum: number, maximum: number): number {
    const text = this.text(name);
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(value >= minimum && value <= maximum)) {
      this.addProblem(name, `must be a whole number from ${minimum} to ${maximum}, is ${quote(text)}`);
    }
    return value;
  }

  /** One of the choices; the first one after adding a problem. */
  oneOf<const Choice extends string>(name: VariableName, choices: readonly [Choice, ...Choice[]]): Choice {
    const text = this.text(name);
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined)
      this.addProblem(name, `must be one of ${choices.filter((known) => known !== '').join(', ')}, is ${quote(text)}`);
    return choice ?? choices[0];
  }

  /** `true` or `false`. */
  flag(name: VariableName): boolean {
    return this.oneOf(name, ['true', 'false']) === 'true';
  }

  /** The entries of a comma-separated list, trimmed; empty entries are dropped. */
  list(name: VariableName): string[] {
    return this.text(name)
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
  }

  /** Adds a problem once, also when the variable is read again. @param problem a phrase that continues the name of the variable */
  addProblem(name: VariableName, problem: string): void {
    const line = `${name} ${problem}`;
    if (!this.problems.includes(line)) this.problems.push(line);
  }
}

/** Quotes at most 40 characters, without line breaks, because each problem is printed on one line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
