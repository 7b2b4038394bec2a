/**
 * The other half of the bare limit: what comes in is written beside its place and renamed there.
 * Argument: folder. Prints its port.
 *
 * @module
 */
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [folder = ''] = process.argv.slice(2);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  createInterface({ input: socket }).on('line', (line) => {
    const { name, content }: { name: string; content: string } = JSON.parse(line);
    writeFileSync(join(folder, `.${name}.tmp`), content, 'latin1');
    renameSync(join(folder, `.${name}.tmp`), join(folder, name));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
