import type { Layer } from '../../../layers/layer.js';
import {
  add,
  average,
  concatenate,
  dot,
  maximum,
  minimum,
  multiply,
  subtract,
} from '../../../layers/merge/index.js';
import {
  cropping1d,
  flatten,
  permute,
  repeatVector,
  reshape,
  upSampling1d,
  zeroPadding1d,
} from '../../../layers/shaping/index.js';
import { type Field, only, same, skipped } from '../fields.js';
import { type LayerMapping, plainLayer } from './mapping.js';

const merge = (
  type: string,
  className: string,
  make: (options: never) => Layer,
  inTfjs = true,
): LayerMapping => plainLayer({ type, classes: [className], make, inTfjs, form: 'list', fields: [] });

/** A number at both ends, or one for each. */
const ends = (option: string): Field => ({
  keys: [option],
  read(options, value) {
    options[option] = value;
  },
  write: (config) => config.ends,
});

/** Under another name in our configs. */
const renamed = (key: string, option: string, own: string): Field => ({
  keys: [key],
  read(options, value) {
    options[option] = value;
  },
  write: (config) => config[own],
});

/** Merges and moves. */
export const SHAPING_MAPPINGS: readonly LayerMapping[] = [
  merge('add', 'Add', add),
  merge('subtract', 'Subtract', subtract, false),
  merge('multiply', 'Multiply', multiply),
  merge('average', 'Average', average),
  merge('maximum', 'Maximum', maximum),
  merge('minimum', 'Minimum', minimum),
  plainLayer({
    type: 'concatenate',
    classes: ['Concatenate'],
    make: concatenate,
    form: 'list',
    fields: [same('axis')],
  }),
  plainLayer({
    type: 'dot',
    classes: ['Dot'],
    make: dot,
    form: 'list',
    fields: [same('axes'), only('normalize', [false])],
  }),
  plainLayer({ type: 'repeatVector', classes: ['RepeatVector'], make: repeatVector, fields: [same('n')] }),
  plainLayer({
    type: 'flatten',
    classes: ['Flatten'],
    make: flatten,
    fields: [only('data_format', ['channels_last'])],
  }),
  plainLayer({ type: 'reshape', classes: ['Reshape'], make: reshape, fields: [same('targetShape')] }),
  plainLayer({ type: 'permute', classes: ['Permute'], make: permute, fields: [same('dims')] }),
  plainLayer({
    type: 'zeroPadding1d',
    classes: ['ZeroPadding1D'],
    make: zeroPadding1d,
    inTfjs: false,
    fields: [ends('padding'), only('data_format', ['channels_last'], false), skipped('rank')],
  }),
  plainLayer({
    type: 'cropping1d',
    classes: ['Cropping1D'],
    make: cropping1d,
    inTfjs: false,
    fields: [ends('cropping')],
  }),
  plainLayer({
    type: 'upSampling1d',
    classes: ['UpSampling1D'],
    make: upSampling1d,
    inTfjs: false,
    fields: [renamed('size', 'size', 'n')],
  }),
];
