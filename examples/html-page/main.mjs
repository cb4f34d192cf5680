import { showMotion } from '/shared/motion-page.mjs';

await showMotion('model.recurra');
