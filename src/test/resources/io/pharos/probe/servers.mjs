// Real servers for probes: gRPC's own for Node with its health service, plain and over TLS, and ws.
// Prints their ports; a line on the input moves the service "shop" to the status that it names.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const require = createRequire(process.argv[2] + '/');
const grpc = require('@grpc/grpc-js');
const { HealthImplementation } = require('grpc-health-check');
const { WebSocketServer } = require('ws');

const health = new HealthImplementation({ '': 'SERVING', shop: 'SERVING' });
const cert = readFileSync(process.argv[3]);
const key = readFileSync(process.argv[4]);

function bind(credentials, withHealth) {
  const server = new grpc.Server();
  if (withHealth) {
    health.addToServer(server);
  }
  return new Promise((done, failed) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
      error ? failed(error) : done(port)));
}

const plain = await bind(grpc.ServerCredentials.createInsecure(), true);
const secure = await bind(
  grpc.ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]), true);
const without = await bind(grpc.ServerCredentials.createInsecure(), false);

const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws' });
sockets.on('connection', (socket) => {
  socket.on('message', (data) => socket.send(JSON.stringify({ echo: data.toString() })));
  socket.on('close', (code) => console.log('closed ' + code));
});
sockets.on('listening', () =>
  console.log('ports ' + [plain, secure, without, sockets.address().port].join(' ')));
createInterface({ input: process.stdin }).on('line', (status) => {
  health.setStatus('shop', status);
  console.log('is ' + status);
});
