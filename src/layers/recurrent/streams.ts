// Numbers of a recurrent layer's random streams: one for each mask that it draws.

/** Mask of the input. */
export const INPUT_MASK = 0;
/** Mask of the state that enters the recurrent product. */
export const STATE_MASK = 1;
/** Zoneout, by the position of the state. */
export const ZONEOUT_MASKS: readonly number[] = [2, 3];
