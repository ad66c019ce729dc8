import net from 'node:net';

/** A server in a process of its own: it answers each connection after 100 ms. */
const server = net.createServer((socket) => {
  setTimeout(() => socket.end('answer'), 100);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0);
});
process.on('disconnect', () => {
  process.exit();
});
