import { abortFrame, encodeFrame, firstFrame, nextFrame, wholeFrame } from '../../../src/together/frames.ts';
import type { Body } from '../../../src/together/frames.ts';

/** Frames as bytes. */
export const encodeWhole = (stream: number, header: string, body?: Body): Buffer =>
  encodeFrame(wholeFrame(stream, header, body));

export const encodeFirst = (stream: number, header: string, body: Body, totalBytes?: number): Buffer =>
  encodeFrame(firstFrame(stream, header, body, totalBytes));

export const encodeNext = (stream: number, bytes: Buffer, isLast: boolean): Buffer =>
  encodeFrame(nextFrame(stream, bytes, isLast));

export const encodeAbort = (stream: number): Buffer => encodeFrame(abortFrame(stream));
