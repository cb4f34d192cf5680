import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { BackwardBinding, Binding } from '../layer.js';
import { type BackwardSpan, type RecurrentCell, type Span, statesOf } from './cell.js';
import type { SequenceConfig } from './options.js';
import { STATE_MASK, ZONEOUT_MASKS } from './streams.js';

// What happens anew at every step: masks of the recurrent product that change with time, and zoneout. A cell's
// kernels know neither; here it is run one step at a time, as a sequence of length 1.

/** Whether each step has a mask of its own for the recurrent product. */
export function drawsEachStep(config: SequenceConfig, k: Binding): boolean {
  return k.training && config.recurrentDropoutMask === 'naive' && (config.recurrentDropout ?? 0) > 0;
}

/** Share of the units of each state that keep what they had; empty without zoneout. */
function zoneoutRates(config: SequenceConfig, states: number): number[] {
  const { zoneout = 0 } = config;
  const rates = typeof zoneout === 'number' ? [zoneout, zoneout] : [zoneout.hidden, zoneout.cell];
  return rates.some((rate) => rate > 0) ? rates.slice(0, states) : [];
}

/** Whether training draws other masks for one step than for another. */
export function drawsMasksByStep(config: SequenceConfig, states: number): boolean {
  const naive = config.recurrentDropoutMask === 'naive' && (config.recurrentDropout ?? 0) > 0;
  return naive || zoneoutRates(config, states).length > 0;
}

/** The masks of a span's steps, [T, B, size] each; null where there is none. */
interface Masks {
  readonly product: Ref | null;
  readonly zoneout: readonly (Ref | null)[];
}

/** A cell around which each step is treated by itself where the options ask for it. */
export function withStepModes<C extends SequenceConfig>(cell: RecurrentCell<C>): RecurrentCell<C> {
  const ratesOf = (config: C): number[] => zoneoutRates(config, cell.states.length);
  const isPlain = (config: C, k: Binding): boolean =>
    !drawsEachStep(config, k) && ratesOf(config).length === 0;

  return {
    ...cell,
    forward(config, k, span) {
      if (isPlain(config, k)) {
        cell.forward(config, k, span);
        return;
      }
      const states = statesOf(cell, config);
      const rates = ratesOf(config);
      const masks = masksOf(cell, config, k, span);
      if (k.training) draw(cell, config, k, span, masks);
      for (let t = 0; t < span.T; t++) {
        const own = stepOf(cell, config, k, span, masks, t);
        const slot = (i: number, index: number): Ref => at(span.states[i], index * span.B * states[i].size);
        rates.forEach((_, i) => {
          k.emit(kernels.copy, own.states[i], slot(i, t), span.B * states[i].size);
        });
        cell.forward(config, k, own);
        rates.forEach((rate, i) => {
          const floats = span.B * states[i].size;
          const made = at(own.states[i], floats);
          const mask = moved(masks.zoneout[i], t * floats);
          if (rate === 0) k.emit(kernels.copy, slot(i, t + 1), made, floats);
          else k.emit(kernels.zoneout_forward, slot(i, t + 1), slot(i, t), made, mask, floats, rate);
        });
      }
    },
    backward(config, k, span) {
      if (isPlain(config, k)) return cell.backward(config, k, span);
      const masks = masksOf(cell, config, k, span);
      const gradients: (Ref | null)[] = [];
      for (let t = span.T - 1; t >= 0; t--) {
        gradients[t] = backwardStep(cell, config, k, span, masks, t);
      }
      const made = gradients.filter((gradient) => gradient !== null);
      return made.length === 0 ? null : joined(k, made, span, cell.gates(config, span.I) * span.H);
    },
    step(config, k, places) {
      const rates = ratesOf(config);
      const states = statesOf(cell, config);
      const old = rates.map((rate, i) => {
        if (rate === 0) return null;
        const copy = at(k.buffer(`${states[i].name}Before`, k.batch * states[i].size));
        k.emit(kernels.copy, copy, places[i], k.batch * states[i].size);
        return copy;
      });
      cell.step(config, k, places);
      old.forEach((copy, i) => {
        if (copy === null) return;
        k.emit(kernels.zoneout_forward, places[i], copy, places[i], null, k.batch * states[i].size, rates[i]);
      });
    },
  };
}

/** Where the masks of a span lie: forward draws them, backward finds them. */
function masksOf<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: Binding,
  { room }: Span,
): Masks {
  const states = statesOf(cell, config);
  const rates = zoneoutRates(config, states.length);
  return {
    product: drawsEachStep(config, k) ? room('stepMasks', states[0].size) : null,
    zoneout: states.map(({ name, size }, i) =>
      k.training && rates[i] > 0 ? room(`${name}Zoneout`, size) : null,
    ),
  };
}

/** Records how the masks of a span are drawn. */
function draw<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: Binding,
  span: Span,
  { product, zoneout }: Masks,
): void {
  const states = statesOf(cell, config);
  const rates = zoneoutRates(config, states.length);
  const record = (mask: Ref | null, size: number, stream: number, rate: number): void => {
    const frame = span.B * size;
    if (mask === null) return;
    const from = span.from * frame; // the same numbers however the sequence is cut
    k.emit(kernels.dropout_mask, mask, k.rng, from, span.T * frame, k.randomStream(stream), rate);
  };
  record(product, states[0].size, STATE_MASK, config.recurrentDropout ?? 0);
  zoneout.forEach((mask, i) => {
    record(mask, states[i].size, ZONEOUT_MASKS[i], rates[i]);
  });
}

/** One step of a span. With zoneout the cell has slots of its own, so that what it made stays to be seen. */
function stepOf<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: Binding,
  span: Span,
  masks: Masks,
  t: number,
): Span {
  const { B, I, x, valid, room } = span;
  const sizes = statesOf(cell, config);
  const rates = zoneoutRates(config, sizes.length);
  const [{ size: P }] = sizes;
  const pair = (i: number): Ref => {
    const { name, size } = sizes[i];
    if (!k.training) return at(k.buffer(`${name}Pair`, 2 * B * size));
    return at(room(`${name}Pair`, 2 * size), t * 2 * B * size);
  };
  return {
    ...span,
    from: span.from + t,
    T: 1,
    x: at(x, t * B * I),
    states: span.states.map((slots, i) => (rates.length > 0 ? pair(i) : at(slots, t * B * sizes[i].size))),
    mask: masks.product === null ? span.mask : at(masks.product, t * B * P),
    masked: masks.product === null ? moved(span.masked, t * B * P) : at(room('maskedStates', P), t * B * P),
    valid: moved(valid, t * B),
    room: (name, floats) => at(room(name, floats), t * B * floats),
  };
}

/** The step back at t: gives its dz, and leaves the gradients of the states before it in dStates. */
function backwardStep<C extends SequenceConfig>(
  cell: RecurrentCell<C>,
  config: C,
  k: BackwardBinding,
  span: BackwardSpan,
  masks: Masks,
  t: number,
): Ref | null {
  const states = statesOf(cell, config);
  const { B, dy, dStates } = span;
  const own = { ...stepOf(cell, config, k, span, masks, t), dx: moved(span.dx, t * B * span.I) };
  const dyt = moved(dy, t * B * states[0].size);
  if (zoneoutRates(config, states.length).length === 0)
    return cell.backward(config, k, { ...own, dy: dyt, dStates });
  if (dyt !== null) k.emit(kernels.add, dStates[0], dStates[0], dyt, B * states[0].size);
  const inner = dStates.map((d, i) => {
    const { name, size } = states[i];
    const mask = moved(masks.zoneout[i], t * B * size);
    if (mask === null) return d;
    const part = at(k.buffer(`${name}ZoneoutGradient`, B * size));
    k.emit(kernels.zoneout_backward, part, d, mask, own.valid, B, size);
    return part;
  });
  const dz = cell.backward(config, k, { ...own, dy: null, dStates: inner });
  dStates.forEach((d, i) => {
    if (inner[i] !== d) k.emit(kernels.add, d, d, inner[i], B * states[i].size);
  });
  return dz;
}

/** The place `floats` behind another; null stays null. */
function moved(place: Ref | null, floats: number): Ref | null {
  return place && at(place, floats);
}

/** The gradients of all steps [T, B, N] in one place: where they lie, when they lie one after another. */
function joined(k: Binding, gradients: readonly Ref[], { B, room }: Span, N: number): Ref {
  const [first] = gradients;
  const inOrder = gradients.every(
    ({ region, offset }, t) => region === first.region && offset === first.offset + t * B * N,
  );
  if (inOrder) return first;
  const all = room('stepGradients', N);
  gradients.forEach((gradient, t) => {
    k.emit(kernels.copy, at(all, t * B * N), gradient, B * N);
  });
  return all;
}
