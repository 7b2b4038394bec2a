import * as z from 'zod';
import { HOST_NAME } from './own-host-name.ts';

/** The short name of a host: it stands in paths.txt, in file names of conflict copies, and on the command line. */
export const hostNameSchema = z
  .string()
  .regex(HOST_NAME, 'A host name is 1 to 40 of the characters A-Z a-z 0-9 . _ - and starts with a letter or digit');
