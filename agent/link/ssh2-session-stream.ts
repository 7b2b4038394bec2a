/**
 * A channel of ssh2 as an ordinary Duplex.
 *
 * ssh2 1.17's own ends politely when the connection breaks, as if all had been read; never calls back a write that the
 * connection cut off; and cannot be destroyed with an error.
 *
 * @module
 */
import { Duplex } from 'node:stream';
import type { Channel } from 'ssh2';

export interface ChannelStream {
  readonly stream: Duplex;
  /** What was written before waits for this. */
  attach(channel: Channel): void;
}

/**
 * The stream ends when the other side ended; once both did, or the channel closed, it is destroyed without an error.
 * A write that the other side will never read fails by its callback alone.
 */
export function createChannelStream(): ChannelStream {
  let channel: Channel | undefined;
  let whenAttached: ((channel: Channel) => void) | undefined;
  /** Of the write that is under way. */
  let written: ((error?: Error | null) => void) | undefined;
  let closed = false;

  function withChannel(run: (channel: Channel) => void): void {
    if (channel !== undefined) run(channel);
    else whenAttached = run;
  }

  function onWritten(error?: Error | null): void {
    const done = written;
    written = undefined;
    done?.(error);
  }

  const stream = new Duplex({
    read() {
      channel?.resume();
    },
    write(chunk: Buffer, _encoding, done) {
      written = done;
      withChannel((channel) => channel.write(chunk, onWritten));
    },
    final(done) {
      withChannel((channel) => {
        channel.end();
        done();
      });
    },
    destroy(error, done) {
      whenAttached = undefined;
      if (channel !== undefined) {
        channel.destroy();
        // Whatever still comes in is thrown away: unread, it would hold up the channel's end.
        channel.resume();
      }
      onWritten(error ?? new Error('The channel was closed'));
      done(error);
    },
  });
  // An error is always preceded by the session's `closed`; who does not listen here must not be brought down by it.
  stream.on('error', () => undefined);
  stream.once('end', () => {
    if (closed) stream.destroy();
  });

  function attach(opened: Channel): void {
    channel = opened;
    opened.on('error', (error: Error) => stream.destroy(error));
    opened.on('data', (chunk: Buffer) => {
      if (!stream.destroyed && !stream.push(chunk)) opened.pause();
    });
    opened.once('end', () => {
      if (!stream.destroyed) stream.push(null);
    });
    opened.once('close', () => {
      closed = true;
      if (stream.readableEnded) stream.destroy();
    });
    if (stream.destroyed) opened.destroy();
    whenAttached?.(opened);
    whenAttached = undefined;
  }

  return { stream, attach };
}

export function channelToStream(channel: Channel): Duplex {
  const { stream, attach } = createChannelStream();
  attach(channel);
  return stream;
}
