import dynalite from 'dynalite';

/** dynalite in a process of its own: it tells its port, and ends with the process that started it. */
const server = dynalite({ createTableMs: 0 });
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0);
});
process.on('disconnect', () => {
  process.exit();
});
