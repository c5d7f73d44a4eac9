// One page again and again, for k6.
import http from 'k6/http';
import { check } from 'k6';

export default function () {
  const answer = http.get(__ENV.BENCH_URL);
  check(answer, { 'status is 200': (r) => r.status === 200 });
}
