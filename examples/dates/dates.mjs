const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const [FIRST_YEAR, LAST_YEAR] = [1940, 2039];

const isLeap = (year) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

function daysIn(month, year) {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const two = (n) => String(n).padStart(2, '0');

/** The ways in which people write dates. Two figures of a year stand for 1940 to 2039. */
const FORMATS = [
  ({ day, month, year }) => `${day} ${MONTHS[month - 1]} ${year}`,
  ({ day, month, year }) => `${MONTHS[month - 1]} ${day}, ${year}`,
  ({ day, month, year }) => `${MONTHS[month - 1].slice(0, 3)} ${day}, ${year}`.toUpperCase(),
  ({ day, month, year }) => `${day}. ${month}. ${year}`,
  ({ day, month, year }) => `${two(day)}.${two(month)}.${two(year % 100)}`,
  ({ day, month, year }) => `${month}/${day}/${year}`,
  ({ day, month, year }) => `${day}-${MONTHS[month - 1].slice(0, 3)}-${two(year % 100)}`.toLowerCase(),
  ({ day, month, year }) => `${year}, ${MONTHS[month - 1].toLowerCase()} ${day}`,
];

/** How a date is to be written. */
const standard = ({ day, month, year }) => `${year}-${two(month)}-${two(day)}`;

function drawDate(next) {
  const year = FIRST_YEAR + Math.floor(next() * (LAST_YEAR + 1 - FIRST_YEAR));
  const month = 1 + Math.floor(next() * 12);
  return { year, month, day: 1 + Math.floor(next() * daysIn(month, year)) };
}

/** Dates as people write them, and as they are to be written; none whose standard form is in `known`. */
export function drawPairs(count, next, known = new Set()) {
  const pairs = [];
  while (pairs.length < count) {
    const date = drawDate(next);
    if (known.has(standard(date))) continue;
    pairs.push({ from: FORMATS[Math.floor(next() * FORMATS.length)](date), to: standard(date) });
  }
  return pairs;
}
