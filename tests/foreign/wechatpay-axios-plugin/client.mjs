// An unmodified public client against the sandbox: certificates, order, refund, repeat, too much, query, notification.
//
// Usage: node client.mjs DIR MCHID. Prints one JSON line a step, `{step, …}`; exits 1 with the reason if a step fails.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import plugin from 'wechatpay-axios-plugin';

const { Aes, Formatter, Rsa, Wechatpay } = plugin;

const [dir, mchid] = process.argv.slice(2);
const world = JSON.parse(readFileSync(join(dir, 'world.json'), 'utf8'));
const merchant = world.merchants.find((one) => one.mchid === mchid);
const credential = (name) => readFileSync(join(dir, 'credentials', mchid, name), 'utf8').trim();

const apiV3Key = credential('api_v3_key.txt');
const platformCertificate = credential('platform_cert.pem');
const publicKeyId = credential('wechatpay_public_key_id.txt');
const publicKey = credential('wechatpay_public_key.pem');

const say = (step, facts = {}) => console.log(JSON.stringify({ step, ...facts }));

/** A client that knows the platform by these keys. */
const client = (certs) => new Wechatpay({
  baseURL: `${world.v3}/`,
  mchid,
  serial: credential('serial_no.txt'),
  privateKey: credential('apiclient_key.pem'),
  certs,
});

/** The error answer of a call that must be refused. */
const refused = async (call) => {
  const error = await call.then(() => assert.fail('it was not refused'), (reason) => reason);
  assert.ok(error.response, `no answer: ${error.message}`);
  return { status: error.response.status, code: error.response.data.code };
};

/** Listens for one notification, and opens it as its receiver would. */
const listen = (certs) => new Promise((listening) => {
  let told;
  const notification = new Promise((resolve, reject) => { told = { resolve, reject }; });
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      try {
        const body = Buffer.concat(chunks).toString('utf8');
        const header = (name) => request.headers[name];
        const serial = header('wechatpay-serial');
        const text = Formatter.response(header('wechatpay-timestamp'), header('wechatpay-nonce'), body);
        assert.ok(Rsa.verify(text, header('wechatpay-signature'), certs[serial]), 'the signature does not hold');
        assert.equal(header('wechatpay-signature-type'), 'WECHATPAY2-SHA256-RSA2048');
        const { event_type: event, resource } = JSON.parse(body);
        const opened = Aes.AesGcm.decrypt(
          resource.ciphertext, apiV3Key, resource.nonce, resource.associated_data,
        );
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ code: 'SUCCESS', message: '成功' }));
        told.resolve({ event, refund: JSON.parse(opened) });
      } catch (error) {
        response.writeHead(500).end();
        told.reject(error);
      }
    });
  });
  server.listen(0, '127.0.0.1', () => listening({ url: `http://127.0.0.1:${server.address().port}/refunds`, notification, server }));
});

const control = async (path, body) => {
  const answer = await fetch(`${world.control}${path}`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
};

// The certificate that was handed over in the folder is the one that the platform serves and signs with.
const serialOf = async () => {
  const { X509Certificate } = await import('node:crypto');
  return new X509Certificate(platformCertificate).serialNumber;
};
const platformSerial = await serialOf();
const certs = { [platformSerial]: Rsa.from(platformCertificate, Rsa.KEY_TYPE_PUBLIC) };
const pay = client(certs);

const listed = (await pay.v3.global.certificates.get()).data.data;
const first = listed.find((one) => one.serial_no === platformSerial);
const { nonce, associated_data: aad, ciphertext } = first.encrypt_certificate;
const opened = Aes.AesGcm.decrypt(ciphertext, apiV3Key, nonce, aad);
assert.equal(opened.trim(), platformCertificate);
say('certificates', { count: listed.length });

const order = await control('/control/payments', { mchid, amount: { total: 10000, currency: 'CNY' } });
const query = (await pay.v3.global.transactions['out-trade-no']._out_trade_no_.get({
  params: { mchid }, out_trade_no: order.out_trade_no,
})).data;
assert.equal(query.trade_state, 'SUCCESS');
assert.equal(query.id, order.transaction_id);
say('order', { trade_state: query.trade_state, total: query.amount.total });

const { url, notification, server } = await listen(certs);
const refund = {
  mchid,
  appid: merchant.appid,
  out_trade_no: order.out_trade_no,
  out_refund_no: 'R|1*a@b_c-d',
  reason: '测试退款',
  notify_url: url,
  amount: { refund: 3000, total: 10000, currency: 'CNY' },
};
const accepted = (await pay.v3.global.refunds.post(refund)).data;
assert.equal(accepted.out_refund_no, refund.out_refund_no);
say('refund', { id: accepted.id });

const repeated = (await pay.v3.global.refunds.post(refund)).data;
assert.equal(repeated.id, accepted.id);
say('repeat', { id: repeated.id });

const other = await refused(pay.v3.global.refunds.post({ ...refund, amount: { ...refund.amount, refund: 2999 } }));
say('same number, other amount', other);

const tooMuch = await refused(pay.v3.global.refunds.post({
  ...refund, out_refund_no: 'R2', amount: { ...refund.amount, refund: 7001 },
}));
say('too much', tooMuch);

const { event, refund: news } = await notification;
server.close();
assert.equal(event, 'REFUND.SUCCESS');
assert.equal(news.out_refund_no, refund.out_refund_no);
say('notification', { event, refund_status: news.refund_status, refund: news.amount.refund });

const found = (await pay.v3.global.refunds['out-refund-no']._out_refund_no_.get({
  params: { mchid }, out_refund_no: refund.out_refund_no,
})).data;
assert.equal(found.status, 'SUCCESS');
say('query', { status: found.status, id: found.id });

const missing = await refused(pay.v3.global.refunds['out-refund-no']._out_refund_no_.get({
  params: { mchid }, out_refund_no: 'R3',
}));
say('missing', missing);

// In public-key mode the answer is signed by the key that the request names.
const modern = client({ [publicKeyId]: Rsa.from(publicKey, Rsa.KEY_TYPE_PUBLIC) });
const again = (await modern.v3.global.refunds['out-refund-no']._out_refund_no_.get({
  params: { mchid }, out_refund_no: refund.out_refund_no, headers: { 'Wechatpay-Serial': publicKeyId },
})).data;
assert.equal(again.status, 'SUCCESS');
say('public key', { status: again.status });
