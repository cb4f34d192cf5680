/**
 * SHA-256 of what each workload gives, the same in every engine. Where bits change on purpose, the test
 * prints the new digest; it goes here, and the change into CHANGELOG.md.
 */
export const FINGERPRINTS: Readonly<Record<string, string>> = {
  exp: '3f3ba6ab66fed96deb061cc7251315e64d71612b03643942faeb18a9a30472d9',
  sigmoid: '5c4a43c28ad677ccea3d227ab14f64d8405c674260adc0a6af308dc0c704d8eb',
  tanh: '2e4432698d2941c30738a3ff1ab92495c36d5d7a7c5d9dbe178a3a6d19e4408a',
  gemm: '8209b25f7726253ed0f6a22c1dfe2be20ee20c3aee898d7a8bd786686b822dcc',
  'dropout mask': '1a596ecdda97df779570ee776e150bbf50d9cd90f219eb8768f4ae8f7b2b2563',
  'shuffle of an epoch': 'e429648e02f58c5c0ff2b66b8b58426253d1bed9492951348a32ac4fe8ad46e5',
  'f64 functions': 'ad0dfb8caf31dfd45e89e7fc3aa067734b9ffe3ebe411837f67dbdee45a244dd',
  'quantised models': '7c252847a61e90b0060c5c640db3a9ca40245d570e7bf5274891ab70ce09babb',
};
