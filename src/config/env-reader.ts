import { envVariables, type VariableName } from './env-variables.js';

/** Reads single variables and collects what is wrong with them, so that all problems are told at once. */
export class EnvReader {
  readonly problems: string[] = [];

  constructor(private readonly environment: Record<string, string | undefined>) {}

  /** The value, or its default; an empty variable is an unset one. */
  text(name: VariableName): string {
    const value = this.environment[name];
    return value === undefined || value === '' ? envVariables[name].default : value;
  }

  optional(name: VariableName): string | undefined {
    const value = this.text(name);
    return value === '' ? undefined : value;
  }

  integer(name: VariableName, minimum: number, maximum: number): number {
    const text = this.text(name);
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(value >= minimum && value <= maximum)) {
      this.addProblem(name, `must be a whole number from ${minimum} to ${maximum}, is ${quote(text)}`);
    }
    return value;
  }

  oneOf<const Choice extends string>(name: VariableName, choices: readonly [Choice, ...Choice[]]): Choice {
    const text = this.text(name);
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined)
      this.addProblem(name, `must be one of ${choices.filter((known) => known !== '').join(', ')}, is ${quote(text)}`);
    return choice ?? choices[0];
  }

  flag(name: VariableName): boolean {
    return this.oneOf(name, ['true', 'false']) === 'true';
  }

  list(name: VariableName): string[] {
    return this.text(name)
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
  }

  addProblem(name: VariableName, problem: string): void {
    this.problems.push(`${name} ${problem}`);
  }
}

/** Shortened, with no line break: one problem is one line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
