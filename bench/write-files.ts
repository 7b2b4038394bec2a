/**
 * Writes a tree and prints when the last write was done. Arguments: root, shape as JSON.
 *
 * @module
 */
import { writeFiles } from './files.ts';

const [root = '', shape = ''] = process.argv.slice(2);
writeFiles(root, JSON.parse(shape));
process.stdout.write(String(process.hrtime.bigint()));
