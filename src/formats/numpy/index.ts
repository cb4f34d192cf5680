/**
 * Arrays of NumPy: .npy and .npz files.
 *
 * @packageDocumentation
 */
export { readNpy, writeNpy } from './npy.js';
export { readNpz, writeNpz } from './npz.js';
