/** A problem document as an exception, and how anything that was thrown becomes one. */
import { m } from '../text';
import type { Code, Problem } from './generated';

/** What a call rejects with. */
export class CallProblem extends Error {
  readonly code: Code;
  readonly status: number;
  readonly title: string;
  readonly pointer: string;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'CallProblem';
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.pointer = problem.pointer;
  }
}

export function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Problem).code === 'string' &&
    typeof (value as Problem).detail === 'string'
  );
}

/** The hub cannot be reached. */
export function notConnected(detail: string): CallProblem {
  return new CallProblem({
    type: '/problems/not_connected',
    title: m.connection.notConnected,
    status: 503,
    code: 'not_connected',
    detail,
    pointer: '',
  });
}

/** Whatever was thrown, as a problem. */
export function asProblem(thrown: unknown): CallProblem {
  if (thrown instanceof CallProblem) return thrown;
  if (isProblem(thrown)) return new CallProblem(thrown);
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new CallProblem({
    type: '/problems/internal',
    title: m.connection.wentWrong,
    status: 500,
    code: 'internal',
    detail,
    pointer: '',
  });
}
