export type { AttributeValue } from './attributes.js';
export { Hdf5Dataset, Hdf5Group, isHdf5, readHdf5 } from './read.js';
export { type WrittenAttribute, type WrittenDataset, type WrittenGroup, writeHdf5 } from './write.js';
