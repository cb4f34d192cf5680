import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { BackwardBinding, Binding, LayerDefinition } from '../layer.js';
import { type CellState, type RecurrentCell, statesOf } from './cell.js';
import { holdStates, marksCuts, readMask, sequenceMask } from './masked.js';
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
  stepsAtOnce,
} from './sequence.js';
import { recurrentShapes } from './shapes.js';
import { refusesStart, shownStep, startDeclaration, startStates } from './start.js';
import { drawsMasksByStep, withStepModes } from './step-modes.js';

/** Whether a program keeps only the states at the ends of chunks and computes the rest again. */
function recomputes(config: SequenceConfig, k: Binding): boolean {
  return k.training && config.recompute;
}

/** Steps per chunk when recomputing: √T keeps as many ends of chunks as steps of one chunk. */
function chunkSize(config: SequenceConfig, T: number): number {
  return config.truncate ?? Math.ceil(Math.sqrt(T));
}

/** Whether chunks depend on the number of steps, or what a step draws on where it stands from the end. */
function dependsOnLength(config: SequenceConfig, states: number): boolean {
  const drawn = config.goBackwards && drawsMasksByStep(config, states);
  return config.recompute || config.truncate !== null || drawn;
}

/** The definition of the layer around a cell. */
export function recurrentLayer<C extends SequenceConfig>(plain: RecurrentCell<C>): LayerDefinition<C> {
  const cell = withStepModes(plain);
  return {
    type: cell.type,
    restore: cell.restore,
    maxInputs: 1 + cell.states.length,
    outputShapes: (config, inputs, name) => recurrentShapes(config, inputs, name, statesOf(cell, config)),
    parameters: (config, inputs) => cell.parameters(config, inputs),
    states: (config, inputs) => [
      ...statesOf(cell, config).map(({ name, size }) => ({ name, shape: [size] })),
      ...startDeclaration(inputs.length),
    ],
    stateful: (config) => config.stateful,
    forward(config, k) {
      if (recomputes(config, k)) forwardInChunks(cell, config, k);
      else if (k.training) forwardWhole(cell, config, k);
      else forwardOnly(cell, config, k);
    },
    backward(config, k) {
      if (recomputes(config, k)) backwardInChunks(cell, config, k);
      else backwardWhole(cell, config, k);
    },
    masks: sequenceMask,
    seesPadding: (config, training) => training && dependsOnLength(config, cell.states.length),
    step(config, k) {
      const states = cell.states.map((name) => k.state(name) as Ref);
      const held = statesOf(cell, config).map(({ size }, i) => ({ place: states[i], size }));
      startStates(k, held);
      holdStates(k, held, () => cell.step(config, k, states));
      k.setOutput(0, shownStep(k, held[0]));
    },
    takesWhole: true,
    refusesStep: (config, _inputs, whole) =>
      config.goBackwards ? 'goBackwards reads a sequence from its end' : refusesStart(whole),
  };
}

/** A buffer [slots, B, size] for each state, under a name made of its own. */
function slotBuffers(
  k: Binding,
  states: readonly CellState[],
  slots: number,
  named: (name: string) => string,
): Ref[] {
  return states.map(({ name, size }) => at(k.buffer(named(name), slots * k.batch * size)));
}

/** Slots [T+1, B, size] of every state, kept for backward. */
function wholeSlots(k: Binding, states: readonly CellState[]): Ref[] {
  return slotBuffers(k, states, k.inputShapes[0][0] + 1, (name) => name);
}

/** Per state, its slot of a number. */
function slotsAt(k: Binding, states: readonly CellState[], slots: readonly Ref[], index: number): Ref[] {
  return slots.map((slot, i) => at(slot, index * k.batch * states[i].size));
}

/** Copies one slot of every state. */
function copySlots(k: Binding, states: readonly CellState[], to: readonly Ref[], from: readonly Ref[]): void {
  states.forEach(({ size }, i) => {
    k.emit(kernels.copy, to[i], from[i], k.batch * size);
  });
}

function forwardWhole<C extends SequenceConfig>(cell: RecurrentCell<C>, config: C, k: Binding): void {
  const [T] = k.inputShapes[0];
  const x = readInput(config, k);
  const states = statesOf(cell, config);
  const slots = wholeSlots(k, states);
  states.forEach((state, i) => {
    startState(k, i, state, slots[i]);
  });
  const [{ name, size }] = states;
  readMask(config, k, name);
  drawStateMask(config, k, size);
  cell.forward(config, k, spanOver(config, k, size, { from: 0, steps: T }, T, x, slots));
  publish(config, k, states, at(slots[0], k.batch * size), slotsAt(k, states, slots, T));
}

/**
 * Forward without backward: a few steps at a time, whose projections and states stay in the second-level cache and
 * whose buffers the next ones use again. Only the output keeps all its slots.
 */
function forwardOnly<C extends SequenceConfig>(cell: RecurrentCell<C>, config: C, k: Binding): void {
  const [T, I] = k.inputShapes[0];
  const chunks = chunksFromStart(T, stepsAtOnce(T, k.batch, cell.gates(config, I) * config.units));
  const longest = chunks.length === 0 ? 0 : chunks[0].steps;
  const x = readInput(config, k);
  const [output, ...others] = statesOf(cell, config);
  const states = [output, ...others];
  const all = slotBuffers(k, [output], T + 1, (name) => name);
  const passing = slotBuffers(k, others, longest + 1, (name) => name);
  states.forEach((state, i) => {
    startState(k, i, state, i === 0 ? all[0] : passing[i - 1]);
  });
  readMask(config, k, output.name);
  drawStateMask(config, k, output.size);
  chunks.forEach((chunk, c) => {
    if (c > 0) copySlots(k, others, passing, slotsAt(k, others, passing, longest));
    const slots = [...slotsAt(k, [output], all, chunk.from), ...passing];
    cell.forward(config, k, spanOver(config, k, output.size, chunk, longest, x, slots, 'passing'));
  });
  const last = chunks.length === 0 ? 0 : chunks[chunks.length - 1].steps;
  const finals = [...slotsAt(k, [output], all, T), ...slotsAt(k, others, passing, last)];
  publish(config, k, states, at(all[0], k.batch * output.size), finals);
}

function backwardWhole<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: BackwardBinding,
): void {
  const [T] = k.inputShapes[0];
  const states = statesOf(cell, config);
  const slots = wholeSlots(k, states);
  const whole = config.truncate === null || marksCuts(config, k);
  const chunks = whole ? [{ from: 0, steps: T }] : chunksFromEnd(T, config.truncate);
  goBack(cell, config, k, chunks, (chunk) => {
    const own = slotsAt(k, states, slots, chunk.from);
    return spanOver(config, k, states[0].size, chunk, T, sequenceInput(config, k), own);
  });
}

/** Where recomputation keeps the states at the ends of chunks, [chunks+1, B, size] each. */
function chunkEnds(k: Binding, states: readonly CellState[], chunks: readonly Chunk[]): Ref[] {
  return slotBuffers(k, states, chunks.length + 1, (name) => `${name}AtEnds`);
}

/** Slots of one chunk, in buffers that every chunk of the same pass uses. */
function chunkSlots(k: Binding, states: readonly CellState[], longest: number, pass: string): Ref[] {
  return slotBuffers(k, states, longest + 1, (name) => `${pass}.${name}`);
}

function forwardInChunks<C extends SequenceConfig>(cell: RecurrentCell<C>, config: C, k: Binding): void {
  const states = statesOf(cell, config);
  const [{ name, size }] = states;
  const frame = k.batch * size;
  const chunks = chunksFor(config, k);
  const longest = Math.max(...chunks.map(({ steps }) => steps));
  const x = readInput(config, k);
  const ends = chunkEnds(k, states, chunks);
  const slots = chunkSlots(k, states, longest, 'forward');
  const outputs = config.returnSequences ? k.output(0) : null;
  states.forEach((state, i) => {
    startState(k, i, state, ends[i]);
  });
  readMask(config, k, name);
  drawStateMask(config, k, size);
  chunks.forEach((chunk, c) => {
    copySlots(k, states, slots, slotsAt(k, states, ends, c));
    cell.forward(config, k, spanOver(config, k, size, chunk, longest, x, slots, 'forward'));
    copySlots(k, states, slotsAt(k, states, ends, c + 1), slotsAt(k, states, slots, chunk.steps));
    if (outputs !== null) {
      k.emit(kernels.copy, at(outputs, chunk.from * frame), at(slots[0], frame), chunk.steps * frame);
    }
  });
  const finals = slotsAt(k, states, ends, chunks.length);
  publish(config, k, states, outputs ?? finals[0], finals);
}

function backwardInChunks<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: BackwardBinding,
): void {
  const states = statesOf(cell, config);
  const chunks = chunksFor(config, k);
  const longest = Math.max(...chunks.map(({ steps }) => steps));
  const x = sequenceInput(config, k);
  const ends = chunkEnds(k, states, chunks);
  const slots = chunkSlots(k, states, longest, 'again');
  goBack(cell, config, k, [...chunks].reverse(), (chunk) => {
    const c = chunks.indexOf(chunk);
    copySlots(k, states, slots, slotsAt(k, states, ends, c));
    const span = spanOver(config, k, states[0].size, chunk, longest, x, slots, 'again');
    cell.forward(config, k, span);
    return span;
  });
}

/** Chunks of a recomputing program, in the order of time. */
function chunksFor(config: SequenceConfig, k: Binding): Chunk[] {
  const [T] = k.inputShapes[0];
  const size = chunkSize(config, T);
  return config.truncate === null || marksCuts(config, k)
    ? chunksFromStart(T, size)
    : chunksFromEnd(T, size).reverse();
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
  const states = statesOf(cell, config);
  const dStates = finalStateGradients(config, k, states);
  const clear = (): void =>
    dStates.forEach((d, i) => {
      k.emit(kernels.fill, d, k.batch * states[i].size, 0);
    });
  const dy = stepGradients(config, k, states[0]);
  const cuts = config.truncate !== null && !marksCuts(config, k);
  const used = cuts && dy === null ? chunks.slice(0, 1) : chunks;
  const [, I] = k.inputShapes[0];
  const passes = cell.passesInput?.(config, I) ?? false;
  const { project } = cell;
  const own = project && ((to: Ref, dz: Ref, rows: number) => project(config, k, to, dz, rows));
  const dx = inputGradient(config, k, cell.gates(config, I), used, passes, own);
  used.forEach((chunk, c) => {
    if (cuts && c > 0) clear();
    const span = spanOf(chunk);
    const dz = cell.backward(config, k, {
      ...span,
      dy: dy === null ? null : at(dy, chunk.from * k.batch * states[0].size),
      dStates,
      dx: passes ? dx.place(chunk) : null,
    });
    if (dz !== null) dx.add(chunk, dz);
  });
  if (used.length < chunks.length) clear();
  dx.finish();
  dStates.forEach((gradient, i) => {
    if (k.inputShapes.length > 1) k.setInputGradient(1 + i, gradient);
  });
}
