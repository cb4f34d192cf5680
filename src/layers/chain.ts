import type { Ref } from '../program/region.js';
import type { OpenShape, Shape } from '../shape.js';
import { type InnerLayer, innerBuffer, onlyOutput } from './inner.js';
import type { BackwardBinding, Binding } from './layer.js';
import { type Inside, scoped, scopedBackward } from './scope.js';

/** Random streams of one layer inside. */
const STREAMS = 8;

/** A layer inside another, with its place among all of them and the shapes of what goes in and out. */
export interface Link {
  readonly layer: InnerLayer;
  readonly index: number;
  readonly input: OpenShape;
  readonly output: OpenShape;
}

/** Layers one behind the other, the first of which is number `first` inside the layer around. */
export function linksOf(layers: readonly InnerLayer[], first: number, x: OpenShape, name: string): Link[] {
  let input = x;
  return layers.map((layer, i) => {
    const output = onlyOutput(layer, input, name);
    const link = { layer, index: first + i, input, output };
    input = output;
    return link;
  });
}

/** The shape in a program for whole sequences, or for one step, which has no time axis. */
const bound = (shape: OpenShape, stepping: boolean): Shape => (stepping ? shape.slice(1) : shape) as Shape;

function inside({ layer, index, input, output }: Link, k: Binding, x: Ref, stepping: boolean): Inside {
  return {
    prefix: layer.name,
    streams: STREAMS * index,
    inputShapes: [bound(input, stepping)],
    outputShapes: [bound(output, stepping)],
    inputs: [x],
    masks: [k.mask()],
    output: () => innerBuffer(k, `${layer.name}.output`, bound(output, stepping)),
  };
}

/** Where the layers' outputs lie, each recorded by {@link recordLinks}. */
function outputsOf(links: readonly Link[], k: Binding): Ref[] {
  return links.map(({ layer }) => k.places(layer.name)[0]);
}

/** Records layers one behind the other and gives the place of the last one's output. */
export function recordLinks(links: readonly Link[], k: Binding, x: Ref, stepping: boolean): Ref {
  return links.reduce((input, link) => {
    const places = k.places(link.layer.name);
    link.layer.record(scoped(k, inside(link, k, input, stepping), places), stepping);
    return places[0];
  }, x);
}

/**
 * Records the way back from the gradient `dy` of the last output.
 *
 * @param wanted whether anybody needs the gradient of x
 * @returns its place; null where it is not wanted or does not exist
 */
export function recordLinksBack(
  links: readonly Link[],
  k: BackwardBinding,
  x: Ref,
  dy: Ref,
  wanted: boolean,
): Ref | null {
  const inputs = [x, ...outputsOf(links, k)];
  let flowing: Ref | null = dy;
  for (let i = links.length - 1; i >= 0 && flowing !== null; i--) {
    const link = links[i];
    const { layer, input } = link;
    let given: Ref | null = null;
    const binding = scopedBackward(
      k,
      inside(link, k, inputs[i], false),
      k.places(layer.name),
      [flowing],
      () => {
        if (i > 0 || wanted) given ??= innerBuffer(k, `${layer.name}.dInput`, input as Shape);
        return given;
      },
      (_index, place) => {
        if (i > 0 || wanted) given = place;
      },
    );
    layer.definition.backward(layer.config, binding);
    flowing = given;
  }
  return flowing;
}
