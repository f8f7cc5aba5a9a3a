import { expect, test } from 'vitest';
import { proxyFor } from './proxy.ts';

const PROXY = 'http://proxy.test:3128';

test.each([
  ['https://a.test', { HTTPS_PROXY: PROXY }, `${PROXY}/`],
  ['https://a.test', { https_proxy: 'proxy.test:3128' }, `${PROXY}/`],
  ['https://a.test', { http_proxy: PROXY }, undefined],
  ['http://a.test', { http_proxy: PROXY }, `${PROXY}/`],
  ['http://a.test', { HTTP_PROXY: PROXY }, undefined],
  ['http://a.test', { ALL_PROXY: PROXY }, `${PROXY}/`],
  ['http://a.test', { http_proxy: 'socks5://proxy.test' }, undefined],
  ['http://a.test', { http_proxy: '' }, undefined],
  ['http://b.a.test', { http_proxy: PROXY, no_proxy: 'x.test, a.test' }, undefined],
  ['http://b.a.test', { http_proxy: PROXY, NO_PROXY: '.a.test' }, undefined],
  ['http://ba.test', { http_proxy: PROXY, no_proxy: 'a.test' }, `${PROXY}/`],
  ['http://a.test', { http_proxy: PROXY, no_proxy: 'a.test:8080' }, `${PROXY}/`],
  ['http://a.test:8080', { http_proxy: PROXY, no_proxy: 'a.test:8080' }, undefined],
  ['http://[::1]:3000', { http_proxy: PROXY, no_proxy: '::1' }, undefined],
  ['http://[::1]:3000', { http_proxy: PROXY, no_proxy: '[::1]:3000' }, undefined],
  ['http://[::2]:3000', { http_proxy: PROXY, no_proxy: '::1' }, `${PROXY}/`],
  ['http://a.test', { http_proxy: PROXY, no_proxy: '*' }, undefined],
])('%s with %o: %s', (url, environment, proxy) => {
  expect(proxyFor(new URL(url), environment)).toBe(proxy);
});
