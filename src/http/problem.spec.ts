import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, ValidationFailedError, type ErrorKind } from '../common/domain-error.js';
import type { ProblemDto } from './problem.dto.js';
import { HttpError, internalError, methodNotAllowed, sendProblem, toProblem, type Problem } from './problem.js';
import { handleClientError } from './client-error.js';

describe('toProblem', () => {
  it.each<[ErrorKind, number, Record<string, string> | undefined]>([
    ['invalid', 422, undefined],
    ['unauthenticated', 401, { 'www-authenticate': 'Bearer' }],
    ['forbidden', 403, undefined],
    ['not_found', 404, undefined],
    ['conflict', 409, undefined],
    ['too_many', 429, undefined],
    ['unavailable', 503, { 'retry-after': '1' }],
  ])('converts a DomainError of kind %s to status %s with its code and message', (kind, status, headers) => {
    expect(toProblem(new DomainError(kind, 'some_code', 'Some words.'))).toEqual({
      status,
      code: 'some_code',
      detail: 'Some words.',
      headers: headers ?? {},
    });
  });

  it('includes every invalid field', () => {
    const errors = [{ in: 'body' as const, pointer: '/a', detail: 'is wrong' }];
    expect(toProblem(new ValidationFailedError(errors))).toMatchObject({
      status: 422,
      code: 'validation_failed',
      errors,
    });
  });

  it('converts an HttpError', () => {
    expect(toProblem(new HttpError(421, 'misdirected_request', 'Words.'))).toEqual({
      status: 421,
      code: 'misdirected_request',
      detail: 'Words.',
    });
  });

  it.each<[number, string]>([
    [400, 'bad_request'],
    [404, 'not_found'],
    [408, 'request_timeout'],
    [413, 'body_too_large'],
    [415, 'unsupported_media_type'],
    [431, 'headers_too_large'],
  ])('converts status %s of a framework to the code %s without its message', (status, code) => {
    for (const error of [
      new HttpException('Own words', status),
      Object.assign(new Error('Own words'), { statusCode: status }),
    ]) {
      const summary = toProblem(error);
      expect(summary).toMatchObject({ status, code });
      expect(JSON.stringify(summary)).not.toContain('Own words');
    }
  });

  it('converts any other 4xx status to bad_request', () => {
    expect(toProblem(new HttpException('Own words', 418))).toMatchObject({ status: 400, code: 'bad_request' });
  });

  it('converts 403 for a file to not_found', () => {
    expect(toProblem(new HttpException('Own words', 403))).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('does not include the body of an exception', () => {
    expect(JSON.stringify(toProblem(new BadRequestException({ secret: 'x' })))).not.toContain('secret');
    expect(JSON.stringify(toProblem(new NotFoundException('Cannot GET /secret')))).not.toContain('secret');
  });

  it.each<[string, unknown]>([
    ['an error', new Error('x')],
    ['an error of a driver', Object.assign(new Error('x'), { errno: 1064, sqlMessage: 'x' })],
    ['a 500 by a framework', new HttpException('x', 500)],
    ['a status that is no number', Object.assign(new Error('x'), { statusCode: '404' })],
    ['a status below 400', Object.assign(new Error('x'), { statusCode: 200 })],
    ['a text', 'x'],
    ['nothing', undefined],
    ['null', null],
  ])('returns undefined for %s', (_, error) => {
    expect(toProblem(error)).toBeUndefined();
  });

  it('lists the supported methods for a wrong one', () => {
    expect(methodNotAllowed(['GET', 'HEAD'])).toMatchObject({
      status: 405,
      code: 'method_not_allowed',
      headers: { allow: 'GET, HEAD' },
    });
  });
});

class FakeReply {
  readonly sent = { status: 0, headers: {} as object, type: '', body: '' };

  status(status: number): this {
    this.sent.status = status;
    return this;
  }

  headers(headers: object): this {
    this.sent.headers = headers;
    return this;
  }

  type(type: string): this {
    this.sent.type = type;
    return this;
  }

  send(body: string): this {
    this.sent.body = body;
    return this;
  }
}

describe('sendProblem', () => {
  const send = (problem: Problem, url = '/a/b?token=secret') => {
    const reply = new FakeReply();
    const request = { id: 'id-1', url, server: { pathPrefixOf: () => '/prefix' } };
    sendProblem(request as unknown as FastifyRequest, reply as unknown as FastifyReply, problem);
    return { ...reply.sent, problem: JSON.parse(reply.sent.body) as ProblemDto };
  };

  it('sends an RFC 9457 document with the public path but not the query', () => {
    const sent = send(internalError);
    expect(sent).toMatchObject({ status: 500, type: 'application/problem+json; charset=utf-8' });
    expect(sent.headers).toEqual({ 'x-request-id': 'id-1' });
    expect(sent.problem).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'Something went wrong here; it has been logged.',
      instance: '/prefix/a/b',
      code: 'internal_error',
      requestId: 'id-1',
    });
  });

  it('sends the headers and invalid fields', () => {
    const errors = [{ in: 'query' as const, pointer: '/limit', detail: 'is wrong' }];
    const sent = send({ status: 422, code: 'c', detail: 'd', errors, headers: { 'retry-after': '1' } });
    expect(sent.headers).toEqual({ 'retry-after': '1', 'x-request-id': 'id-1' });
    expect(sent.problem.errors).toEqual(errors);
  });

  it('uses a default title for an unknown status', () => {
    expect(send({ status: 499, code: 'c', detail: 'd' }).problem.title).toBe('Error');
  });
});

describe('handleClientError', () => {
  const refuse = (code: string, { writable = true, writableEnded = false } = {}) => {
    const seen = { text: '', destroyed: false };
    const socket = Object.assign(new EventEmitter(), {
      writable,
      writableEnded,
      end: (text: string) => (seen.text = text),
      destroy: () => (seen.destroyed = true),
    });
    handleClientError(Object.assign(new Error('Parse Error: secret'), { code }), socket as unknown as Socket);
    socket.emit('close');
    return seen;
  };

  it.each([
    ['HPE_INVALID_METHOD', 'HTTP/1.1 400 Bad Request', 'bad_request'],
    ['HPE_HEADER_OVERFLOW', 'HTTP/1.1 431 Request Header Fields Too Large', 'headers_too_large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 'HTTP/1.1 408 Request Timeout', 'request_timeout'],
    ['ANYTHING', 'HTTP/1.1 400 Bad Request', 'bad_request'],
  ])('answers %s with %s and closes the connection', (error, line, code) => {
    const { text } = refuse(error);
    const [head = '', body = ''] = text.split('\r\n\r\n');
    const problem = JSON.parse(body) as ProblemDto;
    expect(head.split('\r\n')).toEqual([
      line,
      'Content-Type: application/problem+json; charset=utf-8',
      `X-Request-Id: ${problem.requestId}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ]);
    expect(problem).toMatchObject({ type: 'about:blank', code, instance: '/' });
    expect(text).not.toContain('secret');
  });

  it('does not write to a closed connection', () => {
    expect(refuse('ECONNRESET')).toEqual({ text: '', destroyed: true });
    expect(refuse('HPE_INVALID_METHOD', { writable: false })).toEqual({ text: '', destroyed: true });
  });

  it('lets a connection that it has refused linger when more bytes come', () => {
    const ended = { writable: false, writableEnded: true };
    expect(refuse('HPE_INVALID_METHOD', ended)).toEqual({ text: '', destroyed: false });
    expect(refuse('ECONNRESET', ended)).toEqual({ text: '', destroyed: true });
  });
});
