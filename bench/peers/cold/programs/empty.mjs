import { answer, file, frame } from '../io.mjs';

file('model.recurra');
answer(frame());
