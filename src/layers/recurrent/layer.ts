import { at, type Ref } from '../../program/region.js';
import type { BackwardBinding, Binding, LayerDefinition } from '../layer.js';
import type { RecurrentCell } from './cell.js';
import type { SequenceConfig } from './options.js';
import {
  type Chunk,
  chunksFromEnd,
  chunksFromStart,
  drawStateMask,
  finalStateGradients,
  inputGradient,
  publish,
  readInput,
  sequenceInput,
  spanOver,
  startState,
  stepGradients,
} from './sequence.js';
import { recurrentShapes } from './shapes.js';

/** Whether a program keeps only the states at the ends of chunks and computes the rest again. */
function recomputes(config: SequenceConfig, k: Binding): boolean {
  return k.training && config.recompute;
}

/** Steps per chunk when recomputing: √T keeps as many ends of chunks as steps of one chunk. */
function chunkSize(config: SequenceConfig, T: number): number {
  return config.truncate ?? Math.ceil(Math.sqrt(T));
}

/** The definition of the layer around a cell. */
export function recurrentLayer<C extends SequenceConfig>(cell: RecurrentCell<C>): LayerDefinition<C> {
  return {
    type: cell.type,
    restore: cell.restore,
    maxInputs: 1 + cell.states.length,
    outputShapes: (config, inputs, name) => recurrentShapes(config, inputs, name, cell.states),
    parameters: (config, inputs) => cell.parameters(config, inputs),
    states: (config) => cell.states.map((name) => ({ name, shape: [config.units] })),
    stateful: (config) => config.stateful,
    forward(config, k) {
      if (recomputes(config, k)) forwardInChunks(cell, config, k);
      else forwardWhole(cell, config, k);
    },
    backward(config, k) {
      if (recomputes(config, k)) backwardInChunks(cell, config, k);
      else backwardWhole(cell, config, k);
    },
    step(config, k) {
      const states = cell.states.map((name) => k.state(name) as Ref);
      cell.step(config, k, states);
      k.setOutput(0, states[0]);
    },
    refusesStep: (config) => (config.goBackwards ? 'goBackwards reads a sequence from its end' : undefined),
  };
}

/** Slots [T+1, B, H] of every state, kept for backward. */
function wholeSlots<C extends SequenceConfig>(cell: RecurrentCell<C>, config: C, k: Binding): Ref[] {
  const floats = (k.inputShapes[0][0] + 1) * k.batch * config.units;
  return cell.states.map((name) => at(k.buffer(name, floats)));
}

function forwardWhole<C extends SequenceConfig>(cell: RecurrentCell<C>, config: C, k: Binding): void {
  const [T] = k.inputShapes[0];
  const x = readInput(config, k);
  const slots = wholeSlots(cell, config, k);
  cell.states.forEach((name, i) => {
    startState(config, k, i, name, slots[i]);
  });
  drawStateMask(config, k);
  cell.forward(config, k, spanOver(config, k, { from: 0, steps: T }, T, x, slots));
  const frame = k.batch * config.units;
  const finals = slots.map((slot) => at(slot, T * frame));
  publish(config, k, cell.states, at(slots[0], frame), finals);
}

function backwardWhole<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: BackwardBinding,
): void {
  const [T] = k.inputShapes[0];
  const slots = wholeSlots(cell, config, k);
  const chunks = config.truncate === null ? [{ from: 0, steps: T }] : chunksFromEnd(T, config.truncate);
  goBack(cell, config, k, chunks, (chunk) => {
    const own = slots.map((slot) => at(slot, chunk.from * k.batch * config.units));
    return spanOver(config, k, chunk, T, sequenceInput(config, k), own);
  });
}

/** Where recomputation keeps the states at the ends of chunks, [chunks+1, B, H] each. */
function chunkEnds<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: Binding,
  chunks: readonly Chunk[],
): Ref[] {
  const floats = (chunks.length + 1) * k.batch * config.units;
  return cell.states.map((name) => at(k.buffer(`${name}AtEnds`, floats)));
}

/** Slots of one chunk, in buffers that every chunk of the same pass uses. */
function chunkSlots<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: Binding,
  longest: number,
  pass: string,
): Ref[] {
  const floats = (longest + 1) * k.batch * config.units;
  return cell.states.map((name) => at(k.buffer(`${pass}.${name}`, floats)));
}

function forwardInChunks<C extends SequenceConfig>(cell: RecurrentCell<C>, config: C, k: Binding): void {
  const [T] = k.inputShapes[0];
  const frame = k.batch * config.units;
  const chunks = chunksFor(config, T);
  const longest = Math.max(...chunks.map(({ steps }) => steps));
  const x = readInput(config, k);
  const ends = chunkEnds(cell, config, k, chunks);
  const slots = chunkSlots(cell, config, k, longest, 'forward');
  const outputs = config.returnSequences ? k.output(0) : null;
  cell.states.forEach((name, i) => {
    startState(config, k, i, name, ends[i]);
  });
  drawStateMask(config, k);
  chunks.forEach((chunk, c) => {
    for (const [i, slot] of slots.entries()) k.emit('copy', slot, at(ends[i], c * frame), frame);
    cell.forward(config, k, spanOver(config, k, chunk, longest, x, slots, 'forward'));
    for (const [i, slot] of slots.entries()) {
      k.emit('copy', at(ends[i], (c + 1) * frame), at(slot, chunk.steps * frame), frame);
    }
    if (outputs !== null) {
      k.emit('copy', at(outputs, chunk.from * frame), at(slots[0], frame), chunk.steps * frame);
    }
  });
  const finals = ends.map((end) => at(end, chunks.length * frame));
  publish(config, k, cell.states, outputs ?? finals[0], finals);
}

function backwardInChunks<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: BackwardBinding,
): void {
  const [T] = k.inputShapes[0];
  const frame = k.batch * config.units;
  const chunks = chunksFor(config, T);
  const longest = Math.max(...chunks.map(({ steps }) => steps));
  const x = sequenceInput(config, k);
  const ends = chunkEnds(cell, config, k, chunks);
  const slots = chunkSlots(cell, config, k, longest, 'again');
  goBack(cell, config, k, [...chunks].reverse(), (chunk) => {
    const c = chunks.indexOf(chunk);
    for (const [i, slot] of slots.entries()) k.emit('copy', slot, at(ends[i], c * frame), frame);
    const span = spanOver(config, k, chunk, longest, x, slots, 'again');
    cell.forward(config, k, span);
    return span;
  });
}

/** Chunks of a recomputing program, in the order of time. */
function chunksFor(config: SequenceConfig, T: number): Chunk[] {
  const size = chunkSize(config, T);
  return config.truncate === null ? chunksFromStart(T, size) : chunksFromEnd(T, size).reverse();
}

/**
 * Runs chunks from the last to the first. Truncation cuts the gradient of the state between chunks; when
 * only the final state has a gradient, the chunks before the last have none then and are left out.
 */
function goBack<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: BackwardBinding,
  chunks: readonly Chunk[],
  spanOf: (chunk: Chunk) => ReturnType<typeof spanOver>,
): void {
  const frame = k.batch * config.units;
  const dStates = finalStateGradients(config, k, cell.states.length);
  const dy = stepGradients(config, k);
  const cuts = config.truncate !== null;
  const used = cuts && dy === null ? chunks.slice(0, 1) : chunks;
  const dx = inputGradient(config, k, cell.gates(config), used);
  used.forEach((chunk, c) => {
    if (cuts && c > 0) for (const d of dStates) k.emit('fill', d, frame, 0);
    const span = spanOf(chunk);
    const dz = cell.backward(config, k, {
      ...span,
      dy: dy === null ? null : at(dy, chunk.from * frame),
      dStates,
    });
    dx.add(chunk, dz);
  });
  if (used.length < chunks.length) for (const d of dStates) k.emit('fill', d, frame, 0);
  dx.finish();
  dStates.forEach((gradient, i) => {
    if (k.inputShapes.length > 1) k.setInputGradient(1 + i, gradient);
  });
}
