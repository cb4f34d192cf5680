import { bell, below, between } from '../shared/random.mjs';

/** Rows and columns of an image. */
export const SIZE = 16;

/** The strokes of each digit: points x,y from 0 to 100, y downwards; a bar lifts the pen. */
export const STROKES = [
  '50,0 15,20 10,60 35,100 65,100 90,60 85,20 50,0',
  '30,20 55,0 55,100',
  '10,20 40,0 80,10 85,35 10,100 90,100',
  '10,5 80,5 45,40 85,65 65,95 10,95',
  '65,100 65,0 10,65 90,65',
  '85,0 20,0 15,45 70,40 90,70 65,100 10,95',
  '70,0 25,40 10,75 40,100 80,90 85,60 50,50 15,65',
  '10,0 90,0 40,100 | 30,50 80,50',
  '50,45 20,25 50,0 80,25 50,45 10,75 50,100 90,75 50,45',
  '85,35 50,50 15,30 45,0 85,10 85,35 70,100',
].map((digit) => digit.split(' | ').map(readStroke));

function readStroke(text) {
  return text.split(' ').map((point) => point.split(',').map((value) => Number(value) / 100));
}

/** How far a point lies from the stretch between two others. */
function distance(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, along));
  const [ex, ey] = [x - ax - t * dx, y - ay - t * dy];
  return Math.sqrt(ex * ex + ey * ey);
}

/** A hand's way of writing: scale, slant, place and how much each point is off. */
function handwriting(next) {
  const width = between(next, 5, 9);
  const height = between(next, 9, 12);
  const slant = between(next, -0.25, 0.25);
  const left = between(next, 1.5, SIZE - 1.5 - width);
  const top = between(next, 1, SIZE - 1 - height);
  return ([x, y]) => [
    left + width * (x + slant * (0.5 - y)) + 0.3 * bell(next),
    top + height * y + 0.3 * bell(next),
  ];
}

/** Draws a digit into `image` [SIZE, SIZE]: strokes of some thickness with soft edges, on noise. */
export function drawDigit(image, digit, next, noise) {
  const place = handwriting(next);
  const reach = between(next, 0.5, 1);
  const stretches = STROKES[digit].flatMap((stroke) => {
    const points = stroke.map(place);
    return points.slice(1).map((point, i) => [points[i], point]);
  });
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      const nearest = Math.min(...stretches.map(([a, b]) => distance(column + 0.5, row + 0.5, a, b)));
      const ink = Math.min(1, Math.max(0, reach + 0.5 - nearest));
      image[row * SIZE + column] = ink + noise * bell(next);
    }
  }
}

/** `count` images and their digits: x [count, SIZE, SIZE], labels [count]. */
export function drawDigits(count, next, noise) {
  const x = new Float32Array(count * SIZE * SIZE);
  const labels = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = below(next, STROKES.length);
    drawDigit(x.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE), labels[i], next, noise);
  }
  return { x, labels };
}

/** An image as text, one line for each row. */
export function asText(image) {
  const shades = ' .:+#';
  const shade = (ink) =>
    shades[Math.min(shades.length - 1, Math.max(0, Math.round(ink * (shades.length - 1))))];
  return Array.from({ length: SIZE }, (_, row) =>
    Array.from(image.subarray(row * SIZE, (row + 1) * SIZE), shade).join(''),
  );
}
