import { OtlpReceiver, newParent } from '../../../support/http/otlp-receiver.js';
import { TestServer } from '../../../support/http/server.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { MoodleStandIn } from '../../../support/moodle/moodle-site.js';
import { testSecret } from '../../../support/rest/tokens.js';

const cmid = 12;

describe('the trace of a request of the page', () => {
  let receiver: OtlpReceiver;
  let moodle: MoodleStandIn;
  let server: TestServer;
  let lastUser = 8000;

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', 7]]);
    server = await TestServer.start({
      ...moodle.environment,
      ...{ JWT_SECRET: testSecret, LEGACY_UPSTREAM_URL: moodle.url, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
      OTEL_BSP_SCHEDULE_DELAY: '50',
    });
  });
  beforeEach(() => {
    moodle.reset();
  });
  afterAll(async () => {
    await server.stop();
    await moodle.stop();
    await receiver.stop();
  });

  const newPage = () => {
    const person = moodle.logIn(++lastUser, [cmid]);
    return { person, page: new MoodlePage(server, person, cmid) };
  };

  it('has the check by Moodle with its questions, which carry the trace', async () => {
    const { traceparent, traceId } = newParent();
    const { person, page } = newPage();
    await page.call('get_chat_sessions', {}, { headers: { traceparent } });
    const spans = await receiver.trace(traceId, 6);
    const idOf = (name: string) => spans.find((span) => span.name === name)?.id;
    const [request, check] = [idOf('POST /mod/writeassistdev/ajax.php'), idOf('moodle check')];
    const parents = Object.fromEntries(spans.map(({ name, parent }) => [name, parent]));
    expect(parents).toMatchObject({
      'moodle check': request,
      ...{ 'moodle session': check, 'moodle access': check, 'moodle database': check },
    });
    expect(spans.find(({ name }) => name.startsWith('database'))?.parent).toBe(request);
    expect(spans.filter(({ hasFailed }) => hasFailed)).toEqual([]);
    const sent = moodle.received.map(({ headers }) => headers.traceparent?.join()).sort();
    const expected = [idOf('moodle session'), idOf('moodle access')].map((id) => `00-${traceId}-${id ?? ''}-01`);
    expect(sent).toEqual(expected.sort());
    for (const secret of [person.cookie, person.sesskey]) expect(receiver.bodies.join()).not.toContain(secret);
  });

  it('has no failure when Moodle rejects the login, and one when Moodle is broken', async () => {
    const [rejected, broken] = [newParent(), newParent()];
    const stranger = new MoodlePage(server, { ...newPage().person, sesskey: 'guessed' }, cmid);
    await stranger.call('get_chat_sessions', {}, { headers: { traceparent: rejected.traceparent } });
    const checked = await receiver.trace(rejected.traceId, 4);
    expect(checked.filter(({ hasFailed }) => hasFailed)).toEqual([]);
    moodle.service = (response) => response.writeHead(500).end();
    await newPage().page.call('get_chat_sessions', {}, { headers: { traceparent: broken.traceparent } });
    const spans = await receiver.trace(broken.traceId, 5);
    const failed = spans
      .filter(({ hasFailed }) => hasFailed)
      .map(({ name, attributes }) => [name, attributes['error.type']]);
    expect(failed).toEqual(
      expect.arrayContaining([
        ['moodle session', '500'],
        ['moodle check', 'MoodleUnavailableError'],
        ['POST /mod/writeassistdev/ajax.php', 'authentication_unavailable'],
      ]),
    );
  });

  it('goes on in the original endpoint', async () => {
    const { traceparent, traceId } = newParent();
    const tracestate = 'vendor=1';
    await newPage().page.call(
      'save_project',
      {},
      { headers: { 'x-requested-with': 'XMLHttpRequest', traceparent, tracestate } },
    );
    const spans = await receiver.trace(traceId, 2);
    const proxy = spans.find(({ name }) => name === 'legacy proxy');
    expect(proxy).toMatchObject({ kind: 3, attributes: { 'http.response.status_code': 200 }, hasFailed: false });
    expect(moodle.received.at(-1)?.headers).toMatchObject({
      traceparent: [`00-${traceId}-${proxy?.id ?? ''}-01`],
      tracestate: [tracestate],
    });
  });

  it('has failed when the original endpoint has, and the legacy error has no trace', async () => {
    const { traceparent, traceId } = newParent();
    moodle.ajax = (response) => response.socket?.destroy();
    const answer = await newPage().page.call(
      'save_project',
      {},
      { headers: { 'x-requested-with': 'XMLHttpRequest', traceparent } },
    );
    expect(answer.body).toEqual({ success: false, error: expect.any(String) as string, code: 'upstream_unreachable' });
    const spans = await receiver.trace(traceId, 2);
    expect(spans.map(({ hasFailed, attributes }) => [hasFailed, attributes['error.type']])).toEqual([
      [true, 'upstream_unreachable'],
      [true, 'upstream_unreachable'],
    ]);
  });
});
