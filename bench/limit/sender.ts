/**
 * Half of the bare limit: what changes in a folder goes to a port, and nothing else is done.
 * Arguments: folder, port.
 *
 * @module
 */
import { readFileSync, watch } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const [folder = '', port = ''] = process.argv.slice(2);
const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
let last = '';

watch(folder, (_, name) => {
  if (name === null) return;
  const content = readFileSync(join(folder, name), 'latin1');
  // One save causes several events.
  if (content === '' || content === last) return;
  last = content;
  socket.write(`${JSON.stringify({ name, content })}\n`);
});
socket.once('connect', () => process.stdout.write('ready\n'));
socket.once('close', () => process.exit());
