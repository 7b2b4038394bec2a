/**
 * The far side of a handoff: takes steps from stdin, answers on stdout. When the connection ends, whatever was begun
 * over it is recovered here, without waiting for anybody.
 *
 * @module
 */
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';
import { createLineSplitter } from '../../agent/control/lines.ts';
import { errorToWire } from '../../agent/control/wire.ts';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { GREETING, MAX_LINE_BYTES, requestSchema, type StepReply } from './step-wire.ts';
import { type StepName, type StepParams, type StepTable, steps } from './steps.ts';

/** Resolves once the input has ended and no step runs any more. */
export async function serveSteps(
  table: StepTable,
  { input, output }: { readonly input: Readable; readonly output: Writable },
): Promise<void> {
  const ended = new AbortController();
  const splitter = createLineSplitter({ maxBytes: MAX_LINE_BYTES });
  const send = (reply: StepReply): void => {
    output.write(`${JSON.stringify(reply)}\n`);
  };
  // Whoever read it is gone; the end of the input says so as well.
  output.on('error', () => {});

  async function answer(line: string): Promise<void> {
    const { id, step, params } = parseRequest(line);
    try {
      send({ id, result: await take(table, step, params, ended.signal) });
    } catch (error) {
      send({ id, error: errorToWire(error) });
    }
  }

  // One after the other: they come in an order that matters.
  let last: Promise<void> = Promise.resolve();
  output.write(`${GREETING}\n`);
  await new Promise<void>((resolve) => {
    input.on('data', (chunk: Buffer) => {
      for (const line of splitter.push(chunk)) last = last.then(() => answer(line)).catch(() => void input.destroy());
      if (splitter.overlong) input.destroy();
    });
    input.once('end', resolve);
    input.once('close', resolve);
    input.once('error', () => resolve());
  });
  ended.abort(new DsyncError('CANCELLED', 'The other host has gone'));
  await last;
}

async function take(table: StepTable, step: string, params: unknown, signal: AbortSignal): Promise<unknown> {
  if (!isStep(step)) {
    throw new DsyncError('UNSUPPORTED', `This host knows no step ${step}`, {
      cure: 'The two hosts may have different versions: dsync host upgrade HOST',
    });
  }
  return takeOne(table, step, params, signal);
}

function takeOne<S extends StepName>(
  table: StepTable,
  step: S,
  params: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const schemas: { readonly [K in StepName]: { readonly params: z.ZodType<StepParams<K>> } } = steps;
  const parsed = schemas[step].params.safeParse(params);
  if (!parsed.success) throw new DsyncError('BAD_INPUT', `${step}: ${z.prettifyError(parsed.error)}`);
  return table[step](parsed.data, { signal });
}

function isStep(text: string): text is StepName {
  return Object.hasOwn(steps, text);
}

function parseRequest(line: string): z.infer<typeof requestSchema> {
  try {
    return requestSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new DsyncError('BAD_INPUT', `A line is no step: ${messageOf(error)}`, { cause: error });
  }
}
