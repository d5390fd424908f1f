// An unmodified public client speaks V2 with the sandbox: refund with a client certificate in both forms, repeat, query,
// notification, other amount, and refusals without a certificate and with another merchant's.
//
// Usage: node client_v2.mjs DIR MCHID OTHER_MCHID. Prints one JSON line a step, `{step, …}`; exits 1 with the reason if a
// step fails.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent } from 'node:https';
import { join } from 'node:path';

import plugin from 'wechatpay-axios-plugin';

const { Aes, Hash, Transformer, Wechatpay } = plugin;

const [dir, mchid, otherMchid] = process.argv.slice(2);
const world = JSON.parse(readFileSync(join(dir, 'world.json'), 'utf8'));
const merchant = world.merchants.find((one) => one.mchid === mchid);
const file = (owner, name) => readFileSync(join(dir, 'credentials', owner, name));
const credential = (name) => file(mchid, name).toString('utf8').trim();

const ca = readFileSync(join(dir, 'tls_ca.pem'));
const apiV2Key = credential('api_v2_key.txt');

const say = (step, facts = {}) => console.log(JSON.stringify({ step, ...facts }));

/** A client that shows this certificate where it is asked to; `{}` shows none. */
const client = (certificate) => new Wechatpay({
  baseURL: `${world.mtls}/`,
  mchid,
  secret: apiV2Key,
  merchant: { ...certificate, ca },
  httpsAgent: new Agent({ ca }),
  // Only V3 needs these, but the client wants them.
  serial: credential('serial_no.txt'),
  privateKey: credential('apiclient_key.pem'),
  certs: { none: credential('wechatpay_public_key.pem') },
});

/** What a call that must be refused is answered with. */
const refused = async (call) => {
  const error = await call.then(() => assert.fail('it was not refused'), (reason) => reason);
  assert.ok(error.response, `no answer: ${error.message}`);
  const { status, data: given } = error.response;
  // Of an answer with another status than 2xx the client hands over its own complaint, the answer inside.
  const data = given instanceof Error ? given.response.data : given;
  return { status, code: data?.err_code, text: data?.return_msg ?? data?.head?.title };
};

/** Listens for one notification, and opens it as its receiver would. */
const listen = () => new Promise((listening) => {
  let told;
  const notification = new Promise((resolve, reject) => { told = { resolve, reject }; });
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      try {
        const { return_code: code, mch_id: owner, req_info: sealed } = Transformer.toObject.call({}, Buffer.concat(chunks).toString('utf8'));
        assert.equal(code, 'SUCCESS');
        assert.equal(owner, mchid);
        const opened = Aes.AesEcb.decrypt(sealed, Hash.md5(apiV2Key));
        response.writeHead(200, { 'content-type': 'text/xml' });
        response.end(Transformer.toXml.call({}, { return_code: 'SUCCESS', return_msg: 'OK' }));
        told.resolve(Transformer.toObject.call({}, opened));
      } catch (error) {
        response.writeHead(500).end();
        told.reject(error);
      }
    });
  });
  server.listen(0, '127.0.0.1', () => listening({ url: `http://127.0.0.1:${server.address().port}/refunds`, notification, server }));
});

const paid = await fetch(`${world.control}/control/payments`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ mchid, amount: { total: 10000, currency: 'CNY' } }),
});
assert.ok(paid.ok, `payments: ${paid.status}`);
const order = await paid.json();

const { url, notification, server } = await listen();
const refund = {
  appid: merchant.appid,
  mch_id: mchid,
  out_trade_no: order.out_trade_no,
  out_refund_no: 'R|1*a@b_c-d',
  total_fee: 10000,
  refund_fee: 3000,
  refund_desc: '测试 <退款> & more',
  notify_url: url,
};
const security = { security: true };

const bundle = client({ pfx: file(mchid, 'apiclient_cert.p12'), passphrase: mchid });
const accepted = (await bundle.v2.secapi.pay.refund.post(refund, security)).data;
assert.equal(accepted.out_refund_no, refund.out_refund_no);
say('refund', { refund_id: accepted.refund_id, refund_fee: accepted.refund_fee });

const pair = client({ cert: file(mchid, 'apiclient_cert.pem'), key: file(mchid, 'apiclient_key.pem') });
const repeated = (await pair.v2.secapi.pay.refund.post({ ...refund, sign_type: 'HMAC-SHA256' }, security)).data;
assert.equal(repeated.sign.length, 64);
say('repeat', { refund_id: repeated.refund_id });

say('same number, other amount', await refused(pair.v2.secapi.pay.refund.post({ ...refund, refund_fee: 2999 }, security)));

const news = await notification;
server.close();
assert.equal(news.out_refund_no, refund.out_refund_no);
say('notification', { refund_status: news.refund_status, refund_fee: news.refund_fee });

const question = { appid: merchant.appid, mch_id: mchid, out_refund_no: refund.out_refund_no };
const bare = client({});
const found = (await bare.v2.pay.refundquery.post(question)).data;
assert.equal(found.out_refund_no_0, refund.out_refund_no);
say('query', { refund_status: found.refund_status_0, refund_count: found.refund_count });
say('missing', await refused(bare.v2.pay.refundquery.post({ ...question, out_refund_no: 'R3' })));

say('no certificate', await refused(bare.v2.secapi.pay.refund.post(refund, security)));
const stranger = client({ cert: file(otherMchid, 'apiclient_cert.pem'), key: file(otherMchid, 'apiclient_key.pem') });
say('another certificate', await refused(stranger.v2.secapi.pay.refund.post(refund, security)));

const transfer = { appid: merchant.appid, mch_id: mchid, partner_trade_no: 'P1' };
say('transfer query', await refused(pair.v2.mmpaymkttransfers.gettransferinfo.post(transfer, security)));
say('transfer query, no certificate', await refused(bare.v2.mmpaymkttransfers.gettransferinfo.post(transfer, security)));
