import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokenVerifier } from '../../auth/credential-verifier.js';
import { deadlines } from '../../common/deadlines.js';
import type { Config } from '../../config/config.js';
import { ErrorFormatRegistry } from '../error-formats.js';
import { sendProblem, serverBusy, type Problem } from '../problem.js';
import { RefusalLog } from '../refusal-log.js';
import { isClosed } from '../request-end.js';
import { routeOf } from '../request-log.js';
import { admissionCaller } from './admission-caller.js';
import { AdmissionQueue, type Admission } from './admission-queue.js';
import { admissionLimits } from './admission-limits.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Its place among the requests that are worked on; undefined before it has one, and for probes. */
    admission?: Admission;
    /** Forgets the deadline for its body; undefined before it is admitted. */
    forgetArrival?: () => void;
    /** True if it was refused because too many waited. */
    isShed?: boolean;
  }
}

/** A body, or the keys of a token, that take longer do not occupy a place meanwhile. In ms. */
const maxArrivalMs = 500;
/** The longest `Retry-After`, in seconds: chosen at random, so that those who were refused do not come back together. */
const maxRetrySeconds = 5;

/**
 * Lets requests wait in front of all other checks while the server is busy, and refuses those that have waited too long.
 * Add it before the other hooks of requests.
 * @param exemptPaths paths, as in the route, that are answered however busy the server is: probes
 */
export function limitAdmission(app: NestFastifyApplication, config: Config, exemptPaths: string[]): void {
  const fastify = app.getHttpAdapter().getInstance();
  const queue = new AdmissionQueue(admissionLimits(config));
  const [tokens, refusals] = [app.get(TokenVerifier, { strict: false }), app.get(RefusalLog)];
  const formats = app.get(ErrorFormatRegistry);

  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    request.isShed = true;
    const problem = busyProblem();
    refusals.noteShed(request.log, problem);
    reply.header('cache-control', 'no-store');
    sendProblem(request, reply, problem, formats.get(routeOf(request) ?? ''));
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    if (exemptPaths.includes(request.routeOptions.url ?? '')) {
      done();
      return;
    }
    queue.enter({
      caller: admissionCaller(request, tokens),
      hasLeft: () => isClosed(request.raw.socket),
      admit: (admission) => {
        request.admission = admission;
        request.forgetArrival = deadlines.add(performance.now() + maxArrivalMs, () => {
          admission.end();
        });
        done();
      },
      refuse: () => {
        // In the next turn a small body has arrived, and its connection need not be closed.
        setImmediate(refuse, request, reply);
      },
    });
  });
  fastify.addHook('preHandler', (request, _reply, done) => {
    request.forgetArrival?.();
    done();
  });
  // Not when the response was received: a slow client needs no work.
  fastify.addHook('onSend', (request, _reply, payload, done) => {
    request.forgetArrival?.();
    request.admission?.end();
    done(null, payload);
  });
}

function busyProblem(): Problem {
  return { ...serverBusy, headers: { 'retry-after': String(1 + Math.floor(Math.random() * maxRetrySeconds)) } };
}
