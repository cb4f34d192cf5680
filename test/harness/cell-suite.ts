import { describe, expect, it } from 'vitest';
import { CELL_CASES, CellBench, type CellCase, cellData, cellOptions, samples, worstError } from './cells.js';
import { testData } from './random.js';
import { type ReferenceStep, type SequenceData, sequenceForward } from './reference/cell-steps.js';
import type { RecurrentData } from './reference/recurrent.js';
import { sampleDifferences, sampleLosses } from './reference/sample-differences.js';

/** A case with the reading of the gate, for cells that have both. */
export interface SuiteCase extends CellCase {
  readonly candidateGate: boolean;
}

/** Addresses by name; those of buffers point to the first of `count` samples of a batch of B. */
export type Places = Readonly<Record<string, number>>;

/** A call's sizes and codes. */
export interface Call extends SuiteCase {
  readonly count: number;
  readonly codes: readonly [act: number, ract: number, candidateGate: number];
}

/** How the suite reaches a cell's kernels. */
export interface CellUnderTest {
  readonly gates: number;
  /** Both readings of the gate, or only the one where it weighs the candidate. */
  readonly candidateGates: readonly boolean[];
  readonly step: ReferenceStep;
  /** Floats of the recurrent kernel. */
  recurrentFloats(H: number): number;
  /** The bias that the projection begins with; the whole bias unless told. */
  inputBias?(bias: ArrayLike<number>, H: number): Float32Array;
  /** Buffers [T, BS, width · H] that forward leaves for backward, and those that backward fills. */
  readonly kept: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Record<string, number>>;
  /** Gradients that may lie in place of what is kept. */
  readonly inPlace: Readonly<Record<string, string>>;
  /** True where the projection lies in the slots of h and not in `gates`. */
  readonly projectsIntoStates?: boolean;
  /** Weights as the kernels take them. */
  weights(bench: CellBench, data: RecurrentData, I: number, H: number): Places;
  stepScratch(B: number, H: number): number;
  backwardScratch(B: number, H: number): number;
  forward(bench: CellBench, at: Places, call: Call): void;
  backward(bench: CellBench, at: Places, call: Call): void;
  takeStep(bench: CellBench, at: Places, call: Call): void;
  /** Errors in units of 2^-24. */
  readonly forwardBound: number;
  readonly backwardBound: number;
}

interface Part {
  readonly first?: number;
  readonly count?: number;
  readonly valid?: Float32Array;
}

const isSmall = ({ T, B, H, act, mask }: CellCase): boolean =>
  act !== undefined || (!!mask && H < 9) || T * B * H < 250;

/** Everything that a cell's kernels promise. */
export function describeCell(name: string, cell: CellUnderTest): void {
  const { gates: G } = cell;
  const CASES: SuiteCase[] = cell.candidateGates.flatMap((candidateGate) =>
    CELL_CASES.map((test) => ({ ...test, candidateGate })),
  );
  const bench = new CellBench();
  const dataOf = (test: CellCase): RecurrentData => {
    const data = cellData(test, G);
    return {
      ...data,
      recurrentKernel: Array.from(data.recurrentKernel).slice(0, cell.recurrentFloats(test.H)),
    };
  };
  const callOf = (test: SuiteCase, count = test.B): Call => {
    const { activation, recurrentActivation } = cellOptions(test);
    return { ...test, count, codes: [activation.code, recurrentActivation.code, Number(test.candidateGate)] };
  };

  /** Every buffer of a batch, the projection and the initial state in place. */
  function prepare(test: SuiteCase, data: RecurrentData, valid?: Float32Array) {
    const { T, B, I, H } = test;
    const weights = cell.weights(bench, data, I, H);
    const at: Record<string, number> = { ...weights, h: bench.alloc((T + 1) * B * H) };
    for (const [buffer, width] of Object.entries(cell.kept)) at[buffer] = bench.alloc(T * B * width * H);
    const bias = cell.inputBias?.(data.bias, H) ?? Float32Array.from(data.bias);
    at.bias = bench.put(bias);
    at.x = bench.put(data.x);
    at.rmask = data.rmask ? bench.put(data.rmask) : 0;
    at.hm = data.rmask ? bench.alloc(T * B * H) : 0;
    at.valid = valid ? bench.put(valid) : 0;
    bench.kernels.copy(at.h, bench.put(data.h0), B * H);
    const into = cell.projectsIntoStates ? at.h + 4 * B * H : at.gates;
    bench.kernels.gemm(into, at.x, at.w, at.bias, T * B, G * H, I, G, I, G * H, 0);
    return { at, z: bench.read(into, T * B * G * H) };
  }

  /** Buffers moved to sample `first`. */
  function moved(at: Places, test: SuiteCase, first: number): Places {
    const widths: Record<string, number> = {
      h: 1,
      hm: 1,
      rmask: 1,
      dh: 1,
      dy: 1,
      ...cell.kept,
      ...cell.gradients,
    };
    return Object.fromEntries(
      Object.entries(at).map(([buffer, address]) => {
        const floats = buffer === 'valid' ? 1 : (widths[buffer] ?? 0) * test.H;
        return [buffer, address === 0 ? 0 : address + 4 * first * floats];
      }),
    );
  }

  function forward(test: SuiteCase, data: RecurrentData, { first = 0, count = test.B, valid }: Part = {}) {
    const { at, z } = prepare(test, data, valid);
    cell.forward(bench, moved(at, test, first), callOf(test, count));
    bench.check(`${name}_forward`);
    return { at, z };
  }

  function backward(
    test: SuiteCase,
    at: Places,
    data: RecurrentData,
    grads: { dy: Float32Array | null; dhT: Float32Array },
    { first = 0, count = test.B, inPlace = false }: Part & { inPlace?: boolean } = {},
  ): Record<string, Float32Array> {
    const { T, B, H } = test;
    const places: Record<string, number> = { ...at };
    for (const [gradient, width] of Object.entries(cell.gradients)) {
      const there = cell.inPlace[gradient];
      places[gradient] = inPlace && there ? at[there] : bench.alloc(T * B * width * H);
    }
    places.dh = bench.put(grads.dhT);
    places.dy = grads.dy ? bench.put(grads.dy) : 0;
    const scratch = bench.alloc(cell.backwardScratch(count, H));
    const raw = bench.put(data.recurrentKernel);
    cell.backward(bench, { ...moved(places, test, first), scratch, raw }, callOf(test, count));
    bench.check(`${name}_backward`);
    const out: Record<string, Float32Array> = { dh: bench.read(places.dh, B * H) };
    for (const [gradient, width] of Object.entries(cell.gradients)) {
      out[gradient] = bench.read(places[gradient], T * B * width * H);
    }
    return out;
  }

  const outputGradients = ({ T, B, H }: CellCase, everyStep = true) => ({
    dy: everyStep ? testData(8, T * B * H) : null,
    dhT: testData(9, B * H),
  });

  const reference = (test: SuiteCase, data: RecurrentData, z: Float32Array, valid?: Float32Array) => ({
    ...cellOptions(test),
    ...test,
    u: data.recurrentKernel,
    bias: data.bias,
    h0: Float64Array.from(data.h0),
    rmask: data.rmask,
    valid,
    z: Float64Array.from(z),
  });

  /** About a third of the steps do not count, the last step of some samples among them. */
  const someSteps = ({ T, B }: CellCase): Float32Array =>
    testData(11, T * B).map((v, i) => (v > -0.3 && i !== 0 ? 1 : 0));

  describe(name, () => {
    it.each(CASES)('forward follows the reference: %o', (test) => {
      const data = dataOf(test);
      for (const valid of [undefined, someSteps(test)]) {
        bench.reset();
        const { at, z } = forward(test, data, { valid });
        const want = sequenceForward(cell.step, reference(test, data, z, valid) as SequenceData);
        expect(worstError(bench.read(at.h, want.length), want)).toBeLessThanOrEqual(cell.forwardBound);
      }
    });

    it.each(CASES.filter((test) => !test.mask))('steps give the bits of the sequence: %o', (test) => {
      const { T, B, I, H } = test;
      const data = dataOf(test);
      bench.reset();
      const { at } = forward(test, data);
      const h = bench.put(data.h0);
      const scratch = bench.alloc(cell.stepScratch(B, H));
      for (let t = 0; t < T; t++) {
        cell.takeStep(bench, { ...at, h, scratch, x: at.x + 4 * t * B * I }, callOf(test));
        expect(bench.read(h, B * H)).toEqual(bench.read(at.h + 4 * (t + 1) * B * H, B * H));
      }
      bench.check(`${name}_step`);
    });

    it.each(CASES.filter(isSmall))('backward follows central differences: %o', (test) => {
      const { T, B, H } = test;
      const data = dataOf(test);
      for (const [everyStep, valid] of [
        [true, undefined],
        [false, undefined],
        [true, someSteps(test)],
      ] as const) {
        bench.reset();
        const { at, z } = forward(test, data, { valid });
        const grads = outputGradients(test, everyStep);
        const got = backward(test, at, data, grads);
        const inputs = reference(test, data, z, valid);
        const dy = grads.dy ?? new Float32Array(T * B * H);
        const losses = () =>
          sampleLosses(sequenceForward(cell.step, inputs as SequenceData), dy, grads.dhT, T, B, H);
        const dz = sampleDifferences(inputs.z, B, G * H, losses);
        expect(worstError(got.dz, dz)).toBeLessThanOrEqual(cell.backwardBound);
        const dh0 = sampleDifferences(inputs.h0, B, H, losses);
        expect(worstError(got.dh, dh0)).toBeLessThanOrEqual(cell.backwardBound);
      }
    });

    it.each(cell.candidateGates)(
      'part of a batch has the bits it has in the batch, both ways: %o',
      (gate) => {
        const test = { T: 3, B: 33, I: 3, H: 17, mask: true, candidateGate: gate };
        const { T, B, H } = test;
        const first = 11;
        const data = dataOf(test);
        const grads = outputGradients(test);
        for (const valid of [undefined, someSteps(test)]) {
          for (const count of [1, 2, 3, 4, 5, 6, 7, 16]) {
            bench.reset();
            const of = (values: ArrayLike<number>, width: number) => samples(values, B, width, first, count);
            const { at: whole } = forward(test, data, { valid });
            const { at: part } = forward(test, data, { first, count, valid });
            const states = (T + 1) * B * H;
            expect(of(bench.read(part.h, states), H)).toEqual(of(bench.read(whole.h, states), H));
            for (const [buffer, width] of Object.entries(cell.kept)) {
              const [got, want] = [part, whole].map((at) => bench.read(at[buffer], T * B * width * H));
              expect(of(got, width * H), buffer).toEqual(of(want, width * H));
            }
            const want = backward(test, whole, data, grads);
            const got = backward(test, whole, data, grads, { first, count });
            for (const [gradient, width] of Object.entries({ dh: 1, ...cell.gradients })) {
              expect(of(got[gradient], width * H), gradient).toEqual(of(want[gradient], width * H));
            }
          }
        }
      },
    );

    it.each(cell.candidateGates)('backward in place gives the same bits: %o', (candidateGate) => {
      for (const sizes of [
        { T: 3, B: 2, I: 3, H: 17 },
        { T: 5, B: 7, I: 3, H: 9, mask: true },
      ]) {
        const test = { ...sizes, candidateGate };
        const data = dataOf(test);
        bench.reset();
        const { at } = forward(test, data);
        const grads = outputGradients(test);
        const apart = backward(test, at, data, grads);
        expect(backward(test, at, data, grads, { inPlace: true })).toEqual(apart);
      }
    });

    it('steps that do not count may hold anything: states and gradients are those of the rest', () => {
      const test = { T: 6, B: 3, I: 2, H: 5, candidateGate: true };
      const { T, B, H } = test;
      const data = dataOf(test);
      const valid = someSteps(test);
      bench.reset();
      const { at: clean } = forward(test, data, { valid });
      const wild = Float32Array.from(data.x, (v, i) => (valid[Math.floor(i / 2)] === 0 ? 1e30 : v));
      const { at: padded } = forward(test, { ...data, x: wild }, { valid });
      expect(bench.read(padded.h, (T + 1) * B * H)).toEqual(bench.read(clean.h, (T + 1) * B * H));
      const grads = outputGradients(test);
      const want = backward(test, clean, data, grads);
      expect(backward(test, padded, data, grads)).toEqual(want);
      const rows = (T * B * G * H) / valid.length;
      want.dz.forEach((v, i) => {
        if (valid[Math.floor(i / rows)] === 0) expect(Object.is(v, 0)).toBe(true);
      });
    });
  });
}
