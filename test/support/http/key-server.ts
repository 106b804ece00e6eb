import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { claims } from '../rest/tokens.js';
import { Upstream } from '../legacy/upstream.js';

export const algorithms = ['RS256', 'ES256', 'EdDSA'] as const;
export type Algorithm = (typeof algorithms)[number];

/** A key pair that signs tokens. */
export class Signer {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;

  constructor(
    readonly algorithm: Algorithm,
    readonly kid: string,
  ) {
    const pair =
      algorithm === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : algorithm === 'ES256'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
          : generateKeyPairSync('ed25519');
    this.publicKey = pair.publicKey;
    this.privateKey = pair.privateKey;
  }

  get pem(): string {
    return this.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  get jwk(): object {
    return { ...this.publicKey.export({ format: 'jwk' }), kid: this.kid, alg: this.algorithm, use: 'sig' };
  }

  sign(changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
    return new SignJWT(claims(changes))
      .setProtectedHeader({ alg: this.algorithm, typ: 'JWT', kid: this.kid, ...header })
      .sign(this.privateKey);
  }
}

/** Publishes a JWKS, and counts the requests for it. */
export class KeyServer {
  private constructor(
    private readonly web: Upstream,
    public keys: object[],
  ) {
    this.publish(keys);
  }

  static async start(keys: object[]): Promise<KeyServer> {
    return new KeyServer(await Upstream.start(), keys);
  }

  get url(): string {
    return `${this.web.url}/keys`;
  }

  get asked(): number {
    return this.web.received.length;
  }

  publish(keys: object[]): void {
    this.keys = keys;
    this.web.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
    };
  }

  /** Replaces the answer to later requests. */
  answers(answer: Upstream['answer']): void {
    this.web.answer = answer;
  }

  stop(): Promise<void> {
    return this.web.stop();
  }
}
