import { type Axis, BATCH, type Dim, type Flow, OPEN } from '../values.js';

/** A factor of an axis of the tensor, which may fall into two. */
interface Factor {
  size: number | null;
}

const known = (dims: readonly Dim[]): number =>
  dims.reduce<number>((size, d) => (typeof d === 'number' && d !== -1 ? size * d : size), 1);

/** −1 among the targets found from what the factors hold; null where it does not come out. */
function filled(factors: readonly Factor[], targets: readonly Dim[]): Dim[] | null {
  if (!targets.includes(-1)) return [...targets];
  const open = factors.some(({ size }) => size === null) && !targets.includes(OPEN);
  const whole = factors.reduce((size, factor) => size * (factor.size ?? 1), 1);
  const rest = whole / known(targets);
  if (!Number.isSafeInteger(rest) || (open && rest !== 1)) return null;
  return targets.map((d) => (d === -1 ? (open ? OPEN : rest) : d));
}

/** The factors shared out among sizes, in order; null where sizes cut across. `split` divides a factor. */
function shared(
  factors: readonly Factor[],
  targets: readonly Dim[],
  split: (factor: Factor, outer: number) => Factor,
): Factor[][] | null {
  const sizes = filled(factors, targets);
  if (sizes === null) return null;
  const left = factors.filter(({ size }) => size !== 1);
  const groups: Factor[][] = [];
  for (const d of sizes) {
    const group: Factor[] = [];
    groups.push(group);
    if (d === OPEN) {
      const next = left.shift();
      if (next?.size !== null || next === undefined) return null;
      group.push(next);
      continue;
    }
    let need = d as number;
    while (need > 1) {
      const next = left.shift();
      if (next === undefined || next.size === null) return null;
      if (next.size > need) {
        if (next.size % need !== 0) return null;
        left.unshift(split(next, need));
      }
      if (need % (next.size as number) !== 0) return null;
      group.push(next);
      need /= next.size as number;
    }
    if (need !== 1) return null;
  }
  return left.length === 0 ? groups : null;
}

/**
 * The same values in another shape, the batch an axis of its own before and after: nothing moves.
 *
 * @param targets sizes, one of which may be −1
 * @returns null where the batch, or an axis of open length, would become part of another axis
 */
export function regrouped(flow: Flow, targets: readonly Dim[]): Flow | null {
  const batch = flow.axes.indexOf(BATCH);
  const marked = targets.flatMap((d, i) => (d === BATCH ? [i] : []));
  if (marked.length > 1) return null;
  const candidates = marked.length === 1 ? marked : targets.map((_, i) => i);
  for (const at of candidates) {
    const memory = flow.factors.map((group) => group.map((size): Factor => ({ size })));
    const all = memory.flat();
    const split = (factor: Factor, outer: number): Factor => {
      const inner: Factor = { size: (factor.size as number) / outer };
      factor.size = outer;
      const group = memory.find((own) => own.includes(factor)) as Factor[];
      group.splice(group.indexOf(factor) + 1, 0, inner);
      return inner;
    };
    const factorsOf = (axes: readonly Axis[]): Factor[] =>
      axes.flatMap((of) => (of as readonly number[]).map((factor) => all[factor]));
    const before = shared(factorsOf(flow.axes.slice(0, batch)), targets.slice(0, at), split);
    const after = before && shared(factorsOf(flow.axes.slice(batch + 1)), targets.slice(at + 1), split);
    if (before === null || after === null) continue;
    const order = memory.flat();
    const places = (groups: readonly Factor[][]): Axis[] =>
      groups.map((group) => group.map((factor) => order.indexOf(factor)));
    return {
      ...flow,
      factors: memory.map((group) => group.map(({ size }) => size)),
      axes: [...places(before), BATCH, ...places(after)],
    };
  }
  return null;
}
